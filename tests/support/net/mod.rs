//! Servers that misbehave below HTTP, which no well-behaved library can be made to do.
#![expect(
    clippy::missing_panics_doc,
    reason = "a panic in here is a failed test"
)]

pub mod fault;
pub mod h2;
pub mod proxy;
pub mod tls;

pub use self::fault::{Act, FaultServer, Received};
