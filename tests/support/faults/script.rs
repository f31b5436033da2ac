//! The description of one fault.

use crate::net::Action;
use crate::net::h2::H2Action;

/// A scripted fault.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Script {
    /// The behaviour of the server, in words.
    pub name: &'static str,
    /// The server that performs the script.
    pub server: ServerKind,
    /// What the client did before.
    pub earlier: Earlier,
    /// Whether retrying is pointless: the fault would occur again, or the server asks not to retry.
    pub permanent: bool,
    /// The resource that the fault costs a client.
    pub cost: Cost,
    /// The size of the row of a submit.
    pub row_bytes: usize,
}

/// What a client did before the call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Earlier {
    /// Nothing.
    Nothing,
    /// It got the job, so that there is a connection to reuse.
    Get,
    /// It requested this many jobs, read the first piece of each answer, and keeps the rest waiting.
    Parked(usize),
}

impl Earlier {
    /// Returns the number of its requests.
    pub const fn requests(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Get => 1,
            Self::Parked(requests) => requests,
        }
    }
}

/// The resource that a fault costs a client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Cost {
    /// Only attempts.
    Attempts,
    /// Time: only a timeout of the client ends the attempt.
    Time,
    /// Memory, as much as the client allows.
    Memory,
}

/// The server that performs a script.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum ServerKind {
    /// No server listens.
    Unreachable,
    /// HTTP/1.1.
    Http(Vec<Action>),
    /// HTTP/2 without TLS.
    Http2(Vec<H2Action>),
    /// HTTP/1.1 over TLS with a flaw.
    Tls(Flaw),
    /// A redirect with this status to another origin, which answers with another job.
    Redirect(u16),
}

/// A flaw in the TLS setup of a server.
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
    /// The certificate is signed by an authority that the client does not trust.
    Authority,
    /// The handshake is never answered.
    NoAnswer,
}

impl Script {
    pub(super) fn new(name: &'static str, server: ServerKind) -> Self {
        Self {
            name,
            server,
            earlier: Earlier::Nothing,
            permanent: false,
            cost: Cost::Attempts,
            row_bytes: 100,
        }
    }

    pub(super) fn http(name: &'static str, actions: impl Into<Vec<Action>>) -> Self {
        Self::new(name, ServerKind::Http(actions.into()))
    }

    pub(super) fn after(self, earlier: Earlier) -> Self {
        Self { earlier, ..self }
    }

    pub(super) fn permanent(self) -> Self {
        Self {
            permanent: true,
            ..self
        }
    }

    pub(super) fn cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    pub(super) fn with_row_bytes(self, row_bytes: usize) -> Self {
        Self { row_bytes, ..self }
    }
}
