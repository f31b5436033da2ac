//! What a call and its attempts tell the outside: spans, events and an observer.
//!
//! With the feature `tracing`, a call is a span `http.call` and each attempt a span `http.attempt` within it. Their
//! fields have the names of OpenTelemetry's conventions for HTTP: `http.request.method`, `url.template`,
//! `server.address`, `server.port`, `http.response.status_code`, `http.request.resend_count`, `error.type`. A retry is an event
//! of the call with its reason and its wait. URLs, headers and bodies are never recorded: the route is known by its
//! [template](crate::UrlTemplate), the answer by its `x-request-id`.
//!
//! For metrics there is an [`Observer`], so that no metrics library is forced on anybody.
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
//! let stack = prism_imports_transport::Stack::builder().observer(Requests::default());
//! ```

mod attempt;
mod call;
mod future;
mod observer;
#[cfg(feature = "tracing")]
mod span;
#[cfg(not(feature = "tracing"))]
#[path = "no_span.rs"]
mod span;
mod subject;

pub use self::attempt::{AttemptSpan, AttemptSpanLayer};
pub use self::call::{CallSpan, CallSpanLayer};
pub use self::future::SpanFuture;
pub(crate) use self::observer::Observers;
pub use self::observer::{AttemptEnd, CallEnd, End, Observer, RetryPlanned};
pub(crate) use self::span::retry_event;

/// Whether this build makes spans: the feature `tracing`.
///
/// An extension like [`UrlTemplate`](crate::UrlTemplate) can be left out where neither they nor anybody else would look
/// at it.
///
/// # Examples
///
/// ```
/// use prism_imports_transport::telemetry::HAS_SPANS;
///
/// assert_eq!(HAS_SPANS, cfg!(feature = "tracing"));
/// ```
pub const HAS_SPANS: bool = span::Span::IS_SEEN;

#[cfg(test)]
mod tests;
