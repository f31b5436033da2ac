//! Servers that misbehave below HTTP. Server libraries cannot be configured to do this.
//!
//! A server performs one action per request, in order of arrival, and repeats the last one. The connections of a
//! server share a [`ServerState`]: the remaining actions and the received requests. It is the same for plain HTTP/1.1
//! ([`FaultServer`]), TLS ([`tls::TlsServer`]) and HTTP/2 ([`h2::H2Server`]).
#![expect(clippy::missing_panics_doc, reason = "a panic here fails the test")]

mod action;
mod listener;
mod peer;
mod state;

pub mod fault;
pub mod h2;
pub mod proxy;
pub mod tls;

pub use self::action::{Action, Pour, response};
pub use self::fault::FaultServer;
pub use self::state::{Received, ServerState};
