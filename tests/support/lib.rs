//! Support code for the tests.

pub mod faults;
pub mod load;
pub mod net;
pub mod probe;
pub mod rows;
pub mod server;

/// Compiles the programs of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide.md")]
struct Guide;
