//! Support code of the tests.

pub mod faults;
pub mod load;
pub mod net;
pub mod probe;
pub mod rows;
pub mod server;

/// The guide's programs, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide.md")]
struct Guide;
