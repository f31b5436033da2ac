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

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::Replay;
use crate::error::{Error, Kind, Phase, Scope};

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
    Refresh,
    /// Take the result: it would have been worth a retry, but the request may not be sent twice.
    NotReplayable,
    /// Take the result: a retry would not change it.
    Fail,
}

/// Why a result is retried.
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
    /// A layer refused the request because it is overloaded.
    Overloaded,
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
            Self::Overloaded => "overloaded",
        }
    }
}

/// Decides what the result of an attempt means for a request with this replay property.
///
/// # Examples
///
/// ```
/// use http::{Response, StatusCode};
/// use prism_imports_transport::classify::{Reason, Verdict, classify};
/// use prism_imports_transport::{Error, Replay};
///
/// let mut busy = Response::new(());
/// *busy.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
/// let busy: Result<_, Error> = Ok(busy);
/// assert_eq!(classify(Replay::Safe, &busy), Verdict::Retry(Reason::Status));
/// assert_eq!(classify(Replay::Never, &busy), Verdict::NotReplayable);
/// ```
pub fn classify<B>(replay: Replay, result: &Result<Response<B>, Error>) -> Verdict {
    match result {
        Ok(response) => of_head(replay, response.status(), response.headers()),
        Err(error) => of_error(replay, error),
    }
}

fn of_head(replay: Replay, status: StatusCode, headers: &HeaderMap) -> Verdict {
    if status.is_success() || status.is_informational() {
        return Verdict::Accept;
    }
    if status == StatusCode::UNAUTHORIZED {
        return Verdict::Refresh;
    }
    if status == StatusCode::CONFLICT && replay != Replay::Safe {
        return Verdict::Fail;
    }
    match headers.get(SHOULD_RETRY).map(HeaderValue::as_bytes) {
        Some(b"true") if status.is_client_error() || status.is_server_error() => {
            repeat(replay, Reason::ServerSaysRetry)
        }
        Some(b"false") => Verdict::Fail,
        Some(_) | None => match status.as_u16() {
            408 | 429 | 500 | 502 | 503 | 504 => repeat(replay, Reason::Status),
            _ => Verdict::Fail,
        },
    }
}

fn of_error(replay: Replay, error: &Error) -> Verdict {
    let is_unsent = error.phase() == Phase::NotSent;
    let is_stale = error.is_stale_connection();
    match error.kind() {
        Kind::Connect => Verdict::Retry(Reason::Connect),
        Kind::Timeout(Scope::Attempt | Scope::Layer) if is_unsent => {
            Verdict::Retry(Reason::Connect)
        }
        Kind::Timeout(Scope::Attempt | Scope::Idle | Scope::Layer) => {
            repeat(replay, Reason::Timeout)
        }
        Kind::Closed if is_unsent => Verdict::RetryNow(Reason::Unsent),
        Kind::Closed if is_stale && replay == Replay::Safe => {
            Verdict::RetryNow(Reason::StaleConnection)
        }
        Kind::Closed if is_stale => repeat(replay, Reason::StaleConnection),
        Kind::Closed => repeat(replay, Reason::Closed),
        Kind::Body => repeat(replay, Reason::Body),
        Kind::Overloaded if is_unsent => Verdict::Retry(Reason::Overloaded),
        Kind::Overloaded => repeat(replay, Reason::Overloaded),
        Kind::Certificate
        | Kind::Config
        | Kind::Request
        | Kind::Origin
        | Kind::Credentials
        | Kind::Timeout(Scope::Refresh | Scope::Call)
        | Kind::Quota
        | Kind::TooLarge
        | Kind::Encoding
        | Kind::Protocol
        | Kind::Layer => Verdict::Fail,
    }
}

/// Repeats what may be repeated.
fn repeat(replay: Replay, reason: Reason) -> Verdict {
    match replay {
        Replay::Safe | Replay::Keyed => Verdict::Retry(reason),
        Replay::Never => Verdict::NotReplayable,
    }
}

/// The server's statement whether a retry helps.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

#[cfg(test)]
mod tests;
