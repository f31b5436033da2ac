//! The kinds of errors, and whether a submit that failed may have started an import.

use std::fmt;

use prism_imports_transport::CallReport;

use crate::config::ConfigError;

/// What went wrong, to be matched on.
///
/// ```
/// use prism_imports::ErrorKind;
///
/// assert_eq!(ErrorKind::RateLimited.to_string(), "rate limited");
/// assert_eq!(ErrorKind::RateLimited.as_str(), "rate_limited");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument of the call is invalid: a job id, a key, a row. Nothing was sent.
    Argument,
    /// A setting of the client is invalid, or layers are put together wrongly. Nothing was sent.
    Config,
    /// The server saw no valid credentials (401), or there were none to send.
    Auth,
    /// The key is invalid or has no access to the team (403).
    Denied,
    /// The server does not know the job, and this client has not seen it either (404).
    NotFound,
    /// The job was seen before, and is gone before it had to expire (404).
    Gone,
    /// The job was seen before, and the server does not keep it any longer (404).
    Expired,
    /// The server refuses the request as it is (400, 409, 413 and other 4xx).
    Rejected,
    /// The server asks to slow down (429).
    RateLimited,
    /// The server failed (5xx).
    Server,
    /// A time limit was reached: of the call, of an attempt, between two pieces of a body, or of another layer.
    Timeout,
    /// There was no connection, or it ended before a response.
    Connect,
    /// The server's certificate, or the client's, was not accepted.
    Certificate,
    /// The peer does not speak HTTP.
    Protocol,
    /// The body of the response ended early.
    Body,
    /// The body of the response is larger than `max_body` allows.
    TooLarge,
    /// The response is not JSON of the expected shape.
    Decode,
    /// The response is well-formed and cannot be true, or its status is not one of the contract.
    Contract,
    /// The client's own quota does not allow the request in time.
    Quota,
    /// A layer refused the request because it is overloaded.
    Overloaded,
    /// A limit of the watch was reached before the job finished.
    Stopped,
    /// A layer or service of the embedding application failed; its error is the source.
    Layer,
}

impl ErrorKind {
    /// Returns the stable name for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// Returns the stable name, and what `Display` says.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Argument => ("argument", "invalid argument"),
            Self::Config => ("config", "invalid configuration"),
            Self::Auth => ("auth", "not authenticated"),
            Self::Denied => ("denied", "access denied"),
            Self::NotFound => ("not_found", "no such job"),
            Self::Gone => ("gone", "the job is gone"),
            Self::Expired => ("expired", "the job has expired"),
            Self::Rejected => ("rejected", "the server refuses the request"),
            Self::RateLimited => ("rate_limited", "rate limited"),
            Self::Server => ("server", "the server failed"),
            Self::Timeout => ("timeout", "timed out"),
            Self::Connect => ("connect", "no connection"),
            Self::Certificate => ("certificate", "certificate not accepted"),
            Self::Protocol => ("protocol", "not HTTP"),
            Self::Body => ("body", "the response was cut short"),
            Self::TooLarge => ("too_large", "the response is too large"),
            Self::Decode => ("decode", "the response is not understood"),
            Self::Contract => ("contract", "the response cannot be true"),
            Self::Quota => ("quota", "the quota is used up"),
            Self::Overloaded => ("overloaded", "a layer is overloaded"),
            Self::Stopped => ("stopped", "the watch ended before the job"),
            Self::Layer => ("layer", "a layer of the application failed"),
        }
    }

    /// Returns `true` if the same call may succeed later without any change.
    pub(super) const fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Server
                | Self::Timeout
                | Self::Connect
                | Self::Body
                | Self::Quota
                | Self::Overloaded
                | Self::Stopped
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}

impl ConfigError {
    /// Returns [`ErrorKind::Argument`] for an argument of a call, and [`ErrorKind::Config`] for a setting of the client.
    pub fn kind(&self) -> ErrorKind {
        if matches!(
            self,
            Self::JobId(_)
                | Self::ObjectType(_)
                | Self::IdempotencyKey(_)
                | Self::NoRows
                | Self::Row { .. }
                | Self::Option { .. }
        ) {
            ErrorKind::Argument
        } else {
            ErrorKind::Config
        }
    }
}

/// Whether a submit that failed may have started an import all the same.
///
/// ```
/// use prism_imports::Commit;
///
/// assert_eq!(Commit::NotCommitted.as_str(), "not_committed");
/// assert_eq!(Commit::NotCommitted.to_string(), "not committed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller who decides what to do next must see every case"
)]
pub enum Commit {
    /// The server surely did not start the import.
    NotCommitted,
    /// The server surely started the import, though its response could not be used.
    Committed,
    /// Not known: submit again with the same key and rows.
    Unknown,
}

impl Commit {
    /// Returns what is known from the requests of a call that has no result.
    pub(crate) fn of(report: &CallReport) -> Self {
        match (report.accepted, report.unrefused) {
            (0, 0) => Self::NotCommitted,
            (0, _) => Self::Unknown,
            _ => Self::Committed,
        }
    }

    /// Returns the stable name for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        self.texts().0
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::NotCommitted => ("not_committed", "not committed"),
            Self::Committed => ("committed", "committed"),
            Self::Unknown => ("unknown", "unknown whether committed"),
        }
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}
