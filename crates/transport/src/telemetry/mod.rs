//! Spans and events of calls and attempts, and an interface for metrics.
//!
//! With the feature `tracing`, [`CallLayer`](crate::CallLayer) makes a span `http.call` and
//! [`AttemptLayer`](crate::AttemptLayer) a span `http.attempt` for each attempt, by OpenTelemetry's conventions for HTTP:
//!
//! | | level | fields |
//! |---|---|---|
//! | span `http.call`, internal | INFO | those below; `http.request.resend_count` is that of the last attempt |
//! | span `http.attempt`, client | INFO | `http.request.method`, `url.scheme`, `url.template`, `server.address`, `server.port`, `http.request.resend_count` from the second attempt on, `http.response.status_code`, `http.response.header.x-request-id`, `error.type`, `otel.status_code` |
//! | event `http.retry` | DEBUG | `attempt`, `reason`, `after_ms` |
//! | event `http.quota_wait` | DEBUG | `after_ms` |
//!
//! A span that fails, or is answered with 4xx or 5xx, has the `otel.status_code` `ERROR`, and an `error.type`: the status,
//! or the [name](crate::Kind::as_str) of the error's kind. One that is dropped has the `error.type` `dropped` and no status. The
//! span of a [`Streamed`](crate::Streamed) response ends with its head. URLs are never recorded, nor are bodies or any other
//! header: the route is named by its [template](crate::UrlTemplate), the response by its `x-request-id`. No line is logged
//! at INFO or above: whether a failure is worth one is for the caller to say.
//!
//! Metrics go through an [`Observer`], so that any metrics library can be used.
//!
//! # Examples
//!
//! The numbers of a dashboard, by route and outcome:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use prism_imports_transport::telemetry::{AttemptEnd, CallEnd, Observer, QuotaWait, RetryPlanned};
//!
//! struct Metrics;
//!
//! impl Observer for Metrics {
//!     fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
//!         record("requests", attempt.template, attempt.end.as_str(), attempt.elapsed);
//!     }
//!
//!     fn on_retry(&self, retry: &RetryPlanned<'_>) {
//!         record("retries", retry.template, retry.reason.as_str(), retry.after);
//!     }
//!
//!     fn on_quota_wait(&self, wait: &QuotaWait<'_>) {
//!         record("quota_waits", wait.template, "", wait.after);
//!     }
//!
//!     fn on_call(&self, call: &CallEnd<'_>) {
//!         record("calls", call.template, call.end.as_str(), call.report.elapsed);
//!     }
//! }
//! # fn record(_: &str, _: Option<&str>, _: &str, _: Duration) {}
//!
//! let stack = prism_imports_transport::StackBuilder::new().observer(Arc::new(Metrics));
//! ```

mod observer;
#[cfg(feature = "tracing")]
mod span;
mod subject;

pub use self::observer::{AttemptEnd, CallEnd, End, Observer, QuotaWait, RetryPlanned};
pub(crate) use self::subject::Subject;
use crate::call::CallContext;

/// Reports a retry that is about to happen, also as an event of the call's span.
pub(crate) fn retry(call: &CallContext, retry: &RetryPlanned<'_>) {
    #[cfg(feature = "tracing")]
    tracing::debug!(
        attempt = i64::from(retry.attempt),
        reason = retry.reason.as_str(),
        after_ms = i64::try_from(retry.after.as_millis()).unwrap_or(i64::MAX),
        "http.retry",
    );
    if let Some(observer) = call.observer() {
        observer.on_retry(retry);
    }
}

/// Reports a wait for the quota that is about to begin, also as an event of the call's span.
pub(crate) fn quota_wait(call: &CallContext, wait: &QuotaWait<'_>) {
    #[cfg(feature = "tracing")]
    tracing::debug!(
        after_ms = i64::try_from(wait.after.as_millis()).unwrap_or(i64::MAX),
        "http.quota_wait",
    );
    if let Some(observer) = call.observer() {
        observer.on_quota_wait(wait);
    }
}

#[cfg(test)]
mod tests;
