//! What failed, how far the request had got, and whose time ran out.

use std::fmt;

/// What failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// No connection: the name, the address, the proxy or the TLS handshake failed.
    Connect,
    /// The server's certificate, or ours, was not accepted.
    Certificate,
    /// A setting of the client is unusable.
    Config,
    /// The request itself cannot be sent: a URL without scheme or host, an unsupported method.
    Request,
    /// Credentials would have left their origin, or travelled in the clear.
    Origin,
    /// The source of credentials had none to give.
    Credentials,
    /// Time ran out; the scope says whose.
    Timeout(Scope),
    /// The connection ended before an answer began.
    Closed,
    /// The peer does not speak HTTP as we know it.
    Protocol,
    /// The answer's body ended early or could not be read.
    Body,
    /// The answer's body is over the size cap.
    TooLarge,
    /// The client's own quota does not allow the request in time.
    Quota,
    /// A layer or service that is not of this crate failed; its error is the source.
    Foreign,
}

/// Whose time ran out.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Scope {
    /// The whole call: attempts, waits and body together.
    Call,
    /// One attempt, headers and body.
    Attempt,
    /// The gap between two pieces of one body.
    Idle,
    /// The refresh of the credentials.
    Refresh,
}

/// How far a request had got.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller who decides whether a write happened must see every case"
)]
pub enum Phase {
    /// Surely no server has seen it.
    NotSent,
    /// It may have reached the server; no answer came.
    MaybeSent,
    /// The server began to answer.
    Answered,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "could not connect",
            Self::Certificate => "certificate not accepted",
            Self::Config => "unusable configuration",
            Self::Request => "unusable request",
            Self::Origin => "credentials are not sent to this origin",
            Self::Credentials => "no credentials",
            Self::Timeout(Scope::Call) => "deadline reached",
            Self::Timeout(Scope::Attempt) => "attempt timed out",
            Self::Timeout(Scope::Idle) => "body stalled",
            Self::Timeout(Scope::Refresh) => "refresh of the credentials timed out",
            Self::Closed => "connection closed before an answer",
            Self::Protocol => "not an HTTP answer",
            Self::Body => "body cut short",
            Self::TooLarge => "body over the size cap",
            Self::Quota => "quota used up",
            Self::Foreign => "service failed",
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::MaybeSent => "maybe sent",
            Self::Answered => "answered",
        })
    }
}
