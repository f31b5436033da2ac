//! The kinds of error.

use std::fmt;

/// The kind of an [`Error`](crate::Error).
///
/// ```
/// use prism_imports::ErrorKind;
///
/// assert_eq!(ErrorKind::RateLimited.to_string(), "rate limited");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is invalid; nothing was sent.
    Config,
    /// The credentials are invalid (401) or missing.
    Auth,
    /// The key is invalid or has no access to the team (403).
    Denied,
    /// The job does not exist, or was never seen by this client (404).
    NotFound,
    /// The job was seen before and was deleted before it expired (404).
    Gone,
    /// The job was seen before and has expired (404).
    Expired,
    /// The server rejected the request (400, 409, 413 and the other 4xx).
    Rejected,
    /// The rate limit was exceeded (429).
    RateLimited,
    /// The server failed (5xx).
    Server,
    /// A timeout expired: of the call, of an attempt, or between two chunks of a body.
    Timeout,
    /// The connection could not be opened, or was closed before an answer.
    Connect,
    /// The body of the answer was truncated or exceeds the size limit.
    Body,
    /// The answer is not JSON of the expected shape.
    Decode,
    /// The answer contradicts itself, or is not defined by the API contract.
    Contract,
    /// The client's quota does not allow the request before the timeout.
    Quota,
    /// The watch ended before the job finished.
    Stopped,
    /// A custom layer or service failed; its error is the source.
    Layer,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "invalid configuration",
            Self::Auth => "not authenticated",
            Self::Denied => "access denied",
            Self::NotFound => "no such job",
            Self::Gone => "the job is gone",
            Self::Expired => "the job has expired",
            Self::Rejected => "the server rejected the request",
            Self::RateLimited => "rate limited",
            Self::Server => "the server failed",
            Self::Timeout => "timed out",
            Self::Connect => "no connection",
            Self::Body => "the answer was cut short or too large",
            Self::Decode => "the answer could not be decoded",
            Self::Contract => "the answer contradicts itself",
            Self::Quota => "the quota is used up",
            Self::Stopped => "the watch ended before the job",
            Self::Layer => "a custom layer failed",
        })
    }
}
