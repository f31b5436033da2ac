//! Bounds one attempt: its time, the gaps in its body, and the body's size.
//!
//! tower's `Timeout` ends with the head of the response, and the body may then hang. Here an attempt ends with the last byte
//! of its body. The body is buffered, so that the layers outside, a retry above all, see whole responses; a request with the
//! extension [`Streamed`] gets a stream instead, bounded by idle timeout, maximal size and deadline.
//!
//! The bodies of error responses are kept up to a limit of their own, and read a little beyond it: a connection whose
//! body was read to its end is used again, and fifty retries need one connection.
//!
//! With the feature `gzip`, requests ask for gzip and responses are decoded; the maximal size counts decoded bytes.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::AttemptLayer;
//!
//! let usual = AttemptLayer::default();
//! let strict = AttemptLayer::default()
//!     .with_timeout(Duration::from_secs(5))
//!     .with_idle_timeout(Duration::from_secs(1))
//!     .with_max_body(1024 * 1024);
//! ```

#[cfg(feature = "gzip")]
mod decode;
mod reader;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use tokio::time::timeout_at;

use self::reader::{End, Reader};
use crate::body::ResponseBody;
use crate::call::{AttemptNumber, AttemptTimeout, CallContext, Deadline, MaxBody, Streamed};
use crate::error::{BoxError, Error, Kind, Phase, Scope};
use crate::service::{Inner, Middleware, Next, Sent, layer};
use crate::telemetry::Subject;

/// Ends attempts in time, and reads their bodies.
///
/// Cancel safety: dropping the future ends the attempt; the report of the call shows how far it got.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct AttemptLayer {
    timeout: Duration,
    idle: Duration,
    max_body: u64,
    max_error_body: u64,
}

impl AttemptLayer {
    /// Sets the time one attempt may take, to the last byte of a buffered body or to the head of a streamed one; 30 s by
    /// default.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the longest gap between two pieces of a body; 15 s by default.
    pub const fn with_idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets the largest body in bytes; 64 MiB by default. A larger one is an error.
    pub const fn with_max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how many bytes of an error response's body are kept; 64 KiB by default. The rest is dropped without an error.
    pub const fn with_max_error_body(mut self, bytes: u64) -> Self {
        self.max_error_body = bytes;
        self
    }
}

impl Default for AttemptLayer {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            idle: Duration::from_secs(15),
            max_body: 64 * 1024 * 1024,
            max_error_body: 64 * 1024,
        }
    }
}

layer!(AttemptLayer);

impl<S, B> Middleware<S, B> for AttemptLayer
where
    S: Inner<B, Body: Body<Data = Bytes, Error: Into<BoxError>> + 'static>,
    B: Send,
{
    type Body = ResponseBody;

    const WAITS: bool = false;

    fn observe(&self, request: &Request<B>, call: &CallContext) -> Option<Subject> {
        // A resend after a 401 has the number of the retry's attempt, so the requests sent so far are counted.
        let sent = call.report().attempts.saturating_add(1);
        let number = AttemptNumber::of(request).map_or(sent, |number| sent.max(number.get()));
        Some(Subject::of(request, call, Some(number)))
    }

    async fn send(self: Arc<Self>, mut next: Next<S>, request: Request<B>) -> Sent<ResponseBody> {
        let is_head = *request.method() == Method::HEAD;
        let is_streamed = request.extensions().get::<Streamed>().is_some();
        let max_body = request.extensions().get::<MaxBody>();
        let max_body = max_body.map_or(self.max_body, |max| max.0);
        let deadline = Deadline::of(&request);
        let end = self.end(&request);
        #[cfg(feature = "gzip")]
        let (request, asks_for_gzip) = decode::ask(request);

        let passed = timeout_at(end.at.at, next.pass_on(request)).await;
        let Ok(response) = passed else {
            return Err(Error::new(Kind::Timeout(end.scope), Phase::MaybeSent));
        };
        let (head, body) = response?.into_parts();
        // The head of the answer to HEAD declares a body that does not come.
        if is_head {
            return Ok(Response::from_parts(head, ResponseBody::default()));
        }
        let body = ResponseBody::new(body);
        #[cfg(feature = "gzip")]
        let (head, body) = decode::undo(head, body, asks_for_gzip);
        let mut reader = Reader::new(body, &head, &next.call, end, self.idle, max_body);
        let body = if !head.status.is_success() {
            reader.read_some(self.max_error_body).await.into()
        } else if is_streamed {
            reader.into_stream(deadline)?
        } else {
            reader.read_all().await?.into()
        };
        Ok(Response::from_parts(head, body))
    }
}

impl AttemptLayer {
    /// Returns when an attempt that begins now must end: never beyond the deadline of its call.
    fn end<B>(&self, request: &Request<B>) -> End {
        let timeout = request.extensions().get::<AttemptTimeout>();
        let ours = Deadline::after(timeout.map_or(self.timeout, |timeout| timeout.0));
        let (at, scope) = match Deadline::of(request) {
            Some(call) if call <= ours => (call, Scope::Call),
            Some(_) | None => (ours, Scope::Attempt),
        };
        End { at, scope }
    }
}

#[cfg(test)]
mod tests;
