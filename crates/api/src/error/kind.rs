//! What went wrong, to be matched on.

use std::fmt;

/// What went wrong.
///
/// ```
/// use prism_imports::ErrorKind;
///
/// assert_eq!(ErrorKind::RateLimited.to_string(), "rate limited");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is unusable; nothing was sent.
    Config,
    /// The server saw no valid credentials (401), or there were none to send.
    Auth,
    /// The key is invalid or has no access to the team (403).
    Denied,
    /// The server knows no such job, and this client has not seen it either (404).
    NotFound,
    /// The job was there before, and is gone before it had to expire (404).
    Gone,
    /// The job was there before, and the time the server keeps it is over (404).
    Expired,
    /// The server refuses the request as it is (400, 409, 413 and the other 4xx).
    Rejected,
    /// The server asks to slow down (429).
    RateLimited,
    /// The server failed (5xx).
    Server,
    /// Time ran out: of the call, of an attempt, or between two pieces of a body.
    Timeout,
    /// No connection, or it ended before an answer.
    Connect,
    /// The answer's body ended early or is over the size cap.
    Body,
    /// The answer is no JSON of the expected shape.
    Decode,
    /// The answer is well-formed and cannot be true, or is none the contract knows.
    Contract,
    /// The client's own quota does not allow the request in time.
    Quota,
    /// The watch ended before the job did.
    Stopped,
    /// A layer or service of the embedding application failed; it is the source.
    Layer,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "unusable configuration",
            Self::Auth => "not authenticated",
            Self::Denied => "access denied",
            Self::NotFound => "no such job",
            Self::Gone => "the job is gone",
            Self::Expired => "the job has expired",
            Self::Rejected => "the server refuses the request",
            Self::RateLimited => "rate limited",
            Self::Server => "the server failed",
            Self::Timeout => "out of time",
            Self::Connect => "no connection",
            Self::Body => "the answer was cut short or too large",
            Self::Decode => "the answer is not understood",
            Self::Contract => "the answer cannot be true",
            Self::Quota => "the quota is used up",
            Self::Stopped => "the watch ended before the job",
            Self::Layer => "a layer of the application failed",
        })
    }
}
