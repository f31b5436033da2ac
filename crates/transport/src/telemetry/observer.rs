//! The interface for metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::call::CallReport;
use crate::classify::Reason;
use crate::error::Error;

/// Receives the ends of calls and attempts, and the waits in between: for metrics.
///
/// Every method does nothing by default. They are called on the task that makes the call: none may block. The
/// [module](crate::telemetry) has an example.
pub trait Observer: Send + Sync + 'static {
    /// Called when an attempt has ended, however it ended.
    fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
        let _ = attempt;
    }

    /// Called when a call will be tried again, before the wait.
    fn on_retry(&self, retry: &RetryPlanned<'_>) {
        let _ = retry;
    }

    /// Called when a request has no place in the quota yet, before the wait. A 429 may prolong a wait: then it is called again.
    fn on_quota_wait(&self, wait: &QuotaWait<'_>) {
        let _ = wait;
    }

    /// Called when a call has ended, however it ended.
    fn on_call(&self, call: &CallEnd<'_>) {
        let _ = call;
    }
}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
        (**self).on_attempt(attempt);
    }

    fn on_retry(&self, retry: &RetryPlanned<'_>) {
        (**self).on_retry(retry);
    }

    fn on_quota_wait(&self, wait: &QuotaWait<'_>) {
        (**self).on_quota_wait(wait);
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        (**self).on_call(call);
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

/// The observer of a layer, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Observers(Option<Arc<dyn Observer>>);

impl Observers {
    pub(crate) fn of(observer: impl Observer) -> Self {
        Self(Some(Arc::new(observer)))
    }

    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Reports a retry that is about to happen.
    pub(crate) fn retry(&self, retry: &RetryPlanned<'_>) {
        #[cfg(feature = "tracing")]
        super::span::retry(retry);
        self.notify(|observer| observer.on_retry(retry));
    }

    /// Reports a wait for the quota that is about to begin.
    pub(crate) fn quota_wait(&self, wait: &QuotaWait<'_>) {
        #[cfg(feature = "tracing")]
        super::span::quota_wait(wait);
        self.notify(|observer| observer.on_quota_wait(wait));
    }

    pub(super) fn notify(&self, event: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.0 {
            event(&**observer);
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.is_some()).finish()
    }
}
