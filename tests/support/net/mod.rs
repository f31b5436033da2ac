//! Servers that misbehave below HTTP, which no well-behaved library can be made to do.
//!
//! A server plays acts, one for each request in the order of their arrival, and the last one for ever. One [`Stage`]
//! keeps what is to be played and what was received, whether the server speaks plain HTTP/1.1 ([`FaultServer`]), TLS
//! ([`tls::TlsServer`]) or HTTP/2 ([`h2::H2Server`]).
#![expect(
    clippy::missing_panics_doc,
    reason = "a panic in here is a failed test"
)]

mod act;
mod listener;
mod peer;
mod stage;

pub mod fault;
pub mod h2;
pub mod proxy;
pub mod tls;

pub use self::act::{Act, Pour, response};
pub use self::fault::FaultServer;
pub use self::stage::{Received, Stage};
