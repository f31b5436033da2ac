//! Why a verdict is what it is.

use std::fmt;

/// Why a result is retried, or is not.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// There was no connection.
    Connect,
    /// The request was given back before it was sent.
    Unsent,
    /// A reused connection closed before the first byte of an answer.
    StaleConnection,
    /// The connection ended before an answer began.
    Closed,
    /// The answer's body ended early.
    Body,
    /// The attempt took too long.
    Timeout,
    /// The status is a temporary one.
    Status,
    /// The server says that a retry helps.
    ServerSaysRetry,
    /// The server says that a retry does not help.
    ServerSaysStop,
    /// The credentials were not accepted, or there were none.
    Unauthorized,
    /// The request conflicts with the state of the server.
    Conflict,
    /// The request or the configuration is at fault.
    Unusable,
    /// A limit of the client itself ended the call.
    Limit,
    /// A layer refused the request because it is overloaded.
    Overloaded,
    /// Another layer or service failed.
    Layer,
    /// The answer is final.
    Final,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Reason {
    /// Returns the stable name that events and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Unsent => "unsent",
            Self::StaleConnection => "stale_connection",
            Self::Closed => "closed",
            Self::Body => "body",
            Self::Timeout => "timeout",
            Self::Status => "status",
            Self::ServerSaysRetry => "server_says_retry",
            Self::ServerSaysStop => "server_says_stop",
            Self::Unauthorized => "unauthorized",
            Self::Conflict => "conflict",
            Self::Unusable => "unusable",
            Self::Limit => "limit",
            Self::Overloaded => "overloaded",
            Self::Layer => "layer",
            Self::Final => "final",
        }
    }
}
