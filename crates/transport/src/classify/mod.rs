//! Decides what a result means for the next attempt: one pure function and its table.
//!
//! | result | [`Safe`](Replay::Safe) | [`Keyed`](Replay::Keyed) | [`Never`](Replay::Never) |
//! |---|---|---|---|
//! | no connection: name, address, TLS handshake I/O; a layer that is overloaded | retry | retry | retry |
//! | a proxy that answers CONNECT with 5xx | retry | retry | retry |
//! | certificate, configuration, invalid request, another origin | fail | fail | fail |
//! | a proxy that answers CONNECT with any other error, such as 403 or 407: configuration | fail | fail | fail |
//! | given back unsent: HTTP/2 `REFUSED_STREAM`, GOAWAY below our stream | now, free | now, free | now, free |
//! | reused connection closed, no response byte | once now, free | retry | fail |
//! | attempt timeout after sending, another layer's timeout, reset, truncated body | retry | retry | fail |
//! | 408, 429, 500, 502, 503, 504 | retry | retry | fail |
//! | 409 | fail | fail | fail |
//! | 401 | refresh | refresh | refresh |
//! | 403, other 4xx, 3xx | fail | fail | fail |
//! | `x-should-retry: true` / `false` on an error status | retry / fail | retry / fail | fail / fail |
//! | body too large or in another encoding than declared, not HTTP, any other error of a layer, quota, deadline | fail | fail | fail |
//!
//! `x-should-retry` never makes a 401 or a keyed 409 retryable: credentials have their own rule, and the
//! same key would only conflict again.

mod reason;

use http::{HeaderMap, HeaderName, StatusCode};

pub use self::reason::Reason;
use crate::Replay;
use crate::error::{Error, Kind, Phase, Scope};

/// The result of an attempt, as far as retrying is concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// An answer with its whole body.
    Status {
        /// The status.
        status: StatusCode,
        /// The answer's `x-should-retry`, when it has a readable one.
        should_retry: Option<bool>,
    },
    /// No usable answer.
    Fault {
        /// What failed.
        kind: Kind,
        /// How far the request got.
        phase: Phase,
        /// Whether a reused connection closed before the first byte of an answer.
        stale: bool,
    },
}

impl Outcome {
    /// Reads the head of an answer.
    pub fn of_head(status: StatusCode, headers: &HeaderMap) -> Self {
        let should_retry = match headers.get(SHOULD_RETRY).map(http::HeaderValue::as_bytes) {
            Some(b"true") => Some(true),
            Some(b"false") => Some(false),
            Some(_) | None => None,
        };
        Self::Status {
            status,
            should_retry,
        }
    }

    /// Reads an error.
    pub fn of_error(error: &Error) -> Self {
        Self::Fault {
            kind: error.kind(),
            phase: error.phase(),
            stale: error.is_stale_connection(),
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the retry table has exactly these verdicts"
)]
pub enum Verdict {
    /// Take the result: it is a success.
    Accept,
    /// Wait, then try again, if attempts, budget and deadline allow.
    Retry(Reason),
    /// Try again at once: the server has surely not acted, so it costs nothing.
    RetryNow(Reason),
    /// Renew the credentials and try again, once.
    Refresh(Reason),
    /// Take the result: it would have been worth a retry, but the request may not be sent twice.
    NotReplayable(Reason),
    /// Take the result: a retry would not change it.
    Fail(Reason),
}

/// Decides what a result means for a request with this replay property.
///
/// # Examples
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use prism_imports_transport::classify::{Outcome, Reason, Verdict, classify};
/// use prism_imports_transport::Replay;
///
/// let busy = Outcome::of_head(StatusCode::SERVICE_UNAVAILABLE, &HeaderMap::new());
/// assert_eq!(classify(Replay::Safe, busy), Verdict::Retry(Reason::Status));
/// assert_eq!(classify(Replay::Never, busy), Verdict::NotReplayable(Reason::Status));
/// ```
pub fn classify(replay: Replay, outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Status {
            status,
            should_retry,
        } => of_status(replay, status, should_retry),
        Outcome::Fault { kind, phase, stale } => of_fault(replay, kind, phase, stale),
    }
}

fn of_status(replay: Replay, status: StatusCode, should_retry: Option<bool>) -> Verdict {
    if status.is_success() || status.is_informational() {
        return Verdict::Accept;
    }
    if status == StatusCode::UNAUTHORIZED {
        return Verdict::Refresh(Reason::Unauthorized);
    }
    if status == StatusCode::CONFLICT && replay != Replay::Safe {
        return Verdict::Fail(Reason::Conflict);
    }
    match should_retry {
        Some(true) if status.is_client_error() || status.is_server_error() => {
            repeat(replay, Reason::ServerSaysRetry)
        }
        Some(false) => Verdict::Fail(Reason::ServerSaysStop),
        Some(true) | None => match status.as_u16() {
            408 | 429 | 500 | 502 | 503 | 504 => repeat(replay, Reason::Status),
            409 => Verdict::Fail(Reason::Conflict),
            _ => Verdict::Fail(Reason::Final),
        },
    }
}

fn of_fault(replay: Replay, kind: Kind, phase: Phase, stale: bool) -> Verdict {
    match (kind, phase) {
        (Kind::Connect, _) | (Kind::Timeout(Scope::Attempt | Scope::Layer), Phase::NotSent) => {
            Verdict::Retry(Reason::Connect)
        }
        (Kind::Closed, Phase::NotSent) => Verdict::RetryNow(Reason::Unsent),
        (Kind::Closed, _) if stale && replay == Replay::Safe => {
            Verdict::RetryNow(Reason::StaleConnection)
        }
        (Kind::Closed, _) if stale => repeat(replay, Reason::StaleConnection),
        (Kind::Closed, _) => repeat(replay, Reason::Closed),
        (Kind::Body, _) => repeat(replay, Reason::Body),
        (Kind::Overloaded, Phase::NotSent) => Verdict::Retry(Reason::Overloaded),
        (Kind::Overloaded, _) => repeat(replay, Reason::Overloaded),
        (Kind::Timeout(Scope::Attempt | Scope::Idle | Scope::Layer), _) => {
            repeat(replay, Reason::Timeout)
        }
        (Kind::Certificate | Kind::Config | Kind::Request | Kind::Origin, _) => {
            Verdict::Fail(Reason::Unusable)
        }
        (Kind::Timeout(Scope::Call) | Kind::Quota, _) => Verdict::Fail(Reason::Limit),
        (Kind::Credentials | Kind::Timeout(Scope::Refresh), _) => {
            Verdict::Fail(Reason::Unauthorized)
        }
        (Kind::TooLarge | Kind::Encoding | Kind::Protocol, _) => Verdict::Fail(Reason::Final),
        (Kind::Layer, _) => Verdict::Fail(Reason::Layer),
    }
}

/// Repeats what may be repeated.
fn repeat(replay: Replay, reason: Reason) -> Verdict {
    match replay {
        Replay::Safe | Replay::Keyed => Verdict::Retry(reason),
        Replay::Never => Verdict::NotReplayable(reason),
    }
}

/// The server's statement whether a retry helps.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

#[cfg(test)]
mod tests;
