//! What failed, how far the request got, and which time limit was reached.

use std::fmt;

/// What failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// No connection: the name, the address, the proxy or the TLS handshake failed.
    Connect,
    /// The server's certificate, or ours, was not accepted.
    Certificate,
    /// A setting of the client is invalid, or the proxy refuses the connection: with 407, for example, or 403.
    Config,
    /// The request itself cannot be sent: a URL without scheme or host, an unsupported method.
    Request,
    /// Credentials would have been sent to another origin, or in the clear.
    Origin,
    /// The source of credentials had none to give.
    Credentials,
    /// A time limit was reached.
    Timeout(Scope),
    /// The connection ended before an answer began.
    Closed,
    /// The peer does not speak HTTP, or its answer has more headers than the client reads.
    Protocol,
    /// The answer's body ended early or could not be read.
    Body,
    /// The answer's body is not in the encoding that its headers declare.
    Encoding,
    /// The response's body is larger than the limit.
    TooLarge,
    /// The client's own quota does not allow the request in time.
    Quota,
    /// A layer refused the request because it is overloaded.
    Overloaded,
    /// Another layer or service failed; its error is the source.
    Layer,
}

/// Which time limit was reached.
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
    /// The limit of another layer, such as tower's `Timeout`.
    Layer,
}

/// How far a request got.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller who decides whether a write happened must see every case"
)]
pub enum Phase {
    /// Surely no server has seen it.
    #[default]
    NotSent,
    /// It may have reached the server; no answer came.
    MaybeSent,
    /// The server began to answer.
    Answered,
}

impl Kind {
    /// Returns the stable name that spans and metrics use.
    pub const fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// Returns the stable name, and what `Display` says.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Connect => ("connect", "could not connect"),
            Self::Certificate => ("certificate", "certificate not accepted"),
            Self::Config => ("config", "invalid configuration"),
            Self::Request => ("request", "invalid request"),
            Self::Origin => ("origin", "credentials are not sent to this origin"),
            Self::Credentials => ("credentials", "no credentials"),
            Self::Timeout(Scope::Call) => ("call_timeout", "deadline reached"),
            Self::Timeout(Scope::Attempt) => ("attempt_timeout", "attempt timed out"),
            Self::Timeout(Scope::Idle) => ("idle_timeout", "body stalled"),
            Self::Timeout(Scope::Refresh) => {
                ("refresh_timeout", "refresh of the credentials timed out")
            }
            Self::Timeout(Scope::Layer) => ("layer_timeout", "timeout of a layer"),
            Self::Overloaded => ("overloaded", "a layer is overloaded"),
            Self::Closed => ("closed", "connection closed before an answer"),
            Self::Protocol => ("protocol", "not an HTTP answer"),
            Self::Body => ("body", "body cut short"),
            Self::Encoding => ("encoding", "body in another encoding than declared"),
            Self::TooLarge => ("too_large", "body too large"),
            Self::Quota => ("quota", "quota used up"),
            Self::Layer => ("layer", "a layer failed"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
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
