//! Support code for the tests.

pub mod faults;
pub mod load;
pub mod net;
pub mod probe;
pub mod rows;
pub mod server;
pub mod spans;

/// Compiles the programs of the documents.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../docs/guide.md")]
    struct Guide;
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/sandbox.md")]
    struct Sandbox;
}
