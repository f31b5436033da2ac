//! Spans and events of calls and attempts, and an interface for metrics.
//!
//! With the feature `tracing`, [`CallLayer`](crate::CallLayer) makes a span `http.call` and
//! [`AttemptLayer`](crate::AttemptLayer) a span `http.attempt` for each attempt. The fields have the names of OpenTelemetry's
//! conventions for HTTP: `http.request.method`, `url.template`,
//! `server.address`, `server.port`, `http.response.status_code`, `http.request.resend_count`, `error.type`. A retry is an event
//! of the call with its reason and its wait. URLs, headers and bodies are never recorded: the route is named by its
//! [template](crate::UrlTemplate), the response by its `x-request-id`.
//!
//! Metrics go through an [`Observer`], so that any metrics library can be used.
//!
//! # Examples
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use prism_imports_transport::telemetry::{AttemptEnd, Observer};
//!
//! #[derive(Default)]
//! struct Requests(AtomicU64);
//!
//! impl Observer for Requests {
//!     fn on_attempt(&self, _: &AttemptEnd<'_>) {
//!         self.0.fetch_add(1, Ordering::Relaxed);
//!     }
//! }
//!
//! let stack = prism_imports_transport::StackBuilder::new().observer(Requests::default());
//! ```

mod observer;
#[cfg(feature = "tracing")]
pub(crate) mod span;
mod subject;

pub(crate) use self::observer::Observers;
pub use self::observer::{AttemptEnd, CallEnd, End, Observer, RetryPlanned};
pub(crate) use self::subject::Subject;

#[cfg(test)]
mod tests;
