//! One fault.

use crate::net::Act;
use crate::net::h2::H2Act;

/// One fault, and what it is about.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Script {
    /// What the server does.
    pub name: &'static str,
    /// How it is played.
    pub play: Play,
    /// Whether a call goes before, which leaves a connection to be used again.
    pub primed: bool,
    /// Whether it is as it is: the same request would meet the same again, or is asked not to be sent again.
    pub lasting: bool,
    /// What it takes from a client.
    pub takes: Takes,
    /// How long the row of a submit is.
    pub row_bytes: usize,
}

/// What a script takes from a client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Takes {
    /// Nothing but an attempt.
    Attempts,
    /// Time: only a clock of the client ends it.
    Time,
    /// Memory, as much as the client gives.
    Memory,
}

/// How a script is played.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Play {
    /// Nobody listens.
    Nobody,
    /// By HTTP/1.1.
    Http(Vec<Act>),
    /// By HTTP/2 without TLS.
    Http2(Vec<H2Act>),
    /// By HTTP/1.1 over TLS with something wrong.
    Tls(Flaw),
    /// By a redirect of this status to another origin, which tells of another job.
    Redirect(u16),
}

/// What is wrong with a server's TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Flaw {
    /// The certificate is for another name.
    Name,
    /// The certificate has expired.
    Expired,
    /// The certificate is from an authority that the client does not know.
    Authority,
    /// The handshake is never answered.
    Mute,
}

impl Script {
    pub(super) fn new(name: &'static str, play: Play) -> Self {
        Self {
            name,
            play,
            primed: false,
            lasting: false,
            takes: Takes::Attempts,
            row_bytes: 100,
        }
    }

    pub(super) fn http(name: &'static str, acts: impl Into<Vec<Act>>) -> Self {
        Self::new(name, Play::Http(acts.into()))
    }

    pub(super) fn primed(self) -> Self {
        Self {
            primed: true,
            ..self
        }
    }

    pub(super) fn lasting(self) -> Self {
        Self {
            lasting: true,
            ..self
        }
    }

    pub(super) fn takes(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    pub(super) fn with_row_bytes(self, row_bytes: usize) -> Self {
        Self { row_bytes, ..self }
    }
}
