//! The interface for metrics.

use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::call::CallReport;
use crate::classify::Reason;
use crate::error::Error;

/// Receives the ends of calls and attempts, and the waits in between: for metrics.
///
/// [`CallLayer`](crate::CallLayer) has it, and the layers inside report to that of their call. Every method does nothing by
/// default. They are called on the task that makes the call: none may block. The [module](crate::telemetry) has an example.
pub trait Observer: Send + Sync + 'static {
    /// Called when an attempt has ended, however it ended.
    fn on_attempt(&self, _attempt: &AttemptEnd<'_>) {}

    /// Called when a call will be tried again, before the wait.
    fn on_retry(&self, _retry: &RetryPlanned<'_>) {}

    /// Called when a request has no place in the quota yet, before the wait. A 429 may prolong a wait: then it is called again.
    fn on_quota_wait(&self, _wait: &QuotaWait<'_>) {}

    /// Called when a call has ended, however it ended.
    fn on_call(&self, _call: &CallEnd<'_>) {}
}

impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttemptEnd<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The route of the request, if the caller has set a [`UrlTemplate`](crate::UrlTemplate).
    pub template: Option<&'a str>,
    /// Which attempt of its call it was, from 1.
    pub number: u32,
    /// How it ended.
    pub end: End<'a>,
    /// How long it took, headers and body.
    pub elapsed: Duration,
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEnd<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The route of the request, if the caller has set a [`UrlTemplate`](crate::UrlTemplate).
    pub template: Option<&'a str>,
    /// How it ended.
    pub end: End<'a>,
    /// The report of the call, with its duration.
    pub report: CallReport,
}

/// How an attempt or a call ended.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a future ends in exactly these ways"
)]
pub enum End<'a> {
    /// An answer.
    Answered(StatusCode),
    /// An error.
    Failed(&'a Error),
    /// Dropped without a result, by the caller or by a layer further out.
    Dropped,
}

impl End<'_> {
    /// Returns the status, the [name](crate::Kind::as_str) of the error's kind, or `dropped`: a label of metrics.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Answered(status) => status.as_str(),
            Self::Failed(error) => error.kind().as_str(),
            Self::Dropped => "dropped",
        }
    }
}

/// A retry that is about to happen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryPlanned<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The route of the request, if the caller has set a [`UrlTemplate`](crate::UrlTemplate).
    pub template: Option<&'a str>,
    /// The number of the attempt that failed, from 1.
    pub attempt: u32,
    /// Why the call is tried again.
    pub reason: Reason,
    /// How long the wait is; zero for a free replay.
    pub after: Duration,
}

/// A request that waits for its place in the quota.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct QuotaWait<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The route of the request, if the caller has set a [`UrlTemplate`](crate::UrlTemplate).
    pub template: Option<&'a str>,
    /// How long the wait is.
    pub after: Duration,
}
