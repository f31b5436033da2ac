//! Sets the one instant by which a call must end.
//!
//! A timeout per attempt bounds no call: three attempts, two backoffs and a wait for a connection add up. The
//! deadline is an instant, taken once; everything inside counts towards it: waits for readiness, quotas,
//! credentials, backoffs, attempts and the body, unless that is streamed. The layers inside read it as a request extension
//! ([`Deadline`]) and do not begin what cannot end in time.
//!
//! tower's own `Timeout` stops at the response's head, and every layer of it restarts per attempt.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::{DeadlineLayer, RetryLayer};
//! use tower::ServiceBuilder;
//!
//! let layers = ServiceBuilder::new()
//!     .layer(DeadlineLayer::new(Duration::from_secs(30)))
//!     .layer(RetryLayer::default());
//! ```

use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tokio::time::timeout_at;
use tower_layer::Layer;
use tower_service::Service;

use crate::call::{CallContext, Deadline, Streamed, after};
use crate::error::{BoxError, Error, Phase, Scope};
use crate::service::ResponseFuture;

/// Wraps a service in [`DeadlineService`]. The default timeout is two minutes.
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    timeout: Duration,
}

impl DeadlineLayer {
    /// Makes a layer that ends each call `timeout` after its start.
    pub const fn new(timeout: Duration) -> Self {
        Self { timeout }
    }
}

impl Default for DeadlineLayer {
    fn default() -> Self {
        Self::new(Duration::from_secs(120))
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> DeadlineService<S> {
        DeadlineService::new(inner, self.timeout)
    }
}

/// A service whose calls end by an instant.
///
/// Made by [`DeadlineLayer`]. It is always ready: the wait for the inner service's readiness is part of the call and
/// counts towards the deadline. The timeout of a request that is [`Streamed`] ends with the head of the response; a
/// [`Deadline`] of its own bounds the body too. Cancel safety: dropping the future drops the call.
#[derive(Clone, Debug)]
pub struct DeadlineService<S> {
    inner: S,
    timeout: Duration,
}

impl<S> DeadlineService<S> {
    /// Wraps a service.
    pub const fn new(inner: S, timeout: Duration) -> Self {
        Self { inner, timeout }
    }
}

impl<S, B, C> Service<Request<B>> for DeadlineService<S>
where
    S: Service<Request<B>, Response = Response<C>, Error: Into<BoxError>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    C: Send + 'static,
{
    type Response = Response<C>;
    type Error = BoxError;
    type Future = ResponseFuture<C>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let call = CallContext::join(&mut request);
        let ours = Deadline {
            at: after(call.started(), self.timeout),
        };
        let deadline = Deadline::of(&request).map_or(ours, |given| ours.min(given));
        // A reader of a stream may be slow: its body is bounded by the caller's own deadline only.
        if request.extensions().get::<Streamed>().is_none() {
            request.extensions_mut().insert(deadline);
        }
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let passed = timeout_at(deadline.at, call.pass_on(&mut inner, request)).await;
            let timed_out = |_| Err(Error::timeout(Scope::Call, Phase::MaybeSent));
            Ok(call.finish(passed.unwrap_or_else(timed_out))?)
        })
    }
}

#[cfg(test)]
mod tests;
