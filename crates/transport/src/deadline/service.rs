//! The service with a deadline.

use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tokio::time::timeout_at;
use tower_service::Service;

use crate::call::{CallContext, Deadline, Streamed};
use crate::error::{BoxError, Error, Scope};
use crate::service::ResponseFuture;

/// A service whose calls end by an instant.
///
/// Made by [`DeadlineLayer`](super::DeadlineLayer). It is always ready: the wait for the inner service's readiness is part
/// of the call and counts towards the deadline. The timeout of a request that is [`Streamed`] ends with the head of the
/// response; a [`Deadline`] of its own bounds the body too. Cancel safety: dropping the future drops the call.
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
    S: Service<Request<B>, Response = Response<C>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
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
        let ours = Deadline::after_start(call.started(), self.timeout);
        let given = Deadline::of(&request);
        let deadline = given.map_or(ours, |given| ours.min(given));
        // A reader of a stream may be slow: its body is bounded by the caller's own deadline only.
        if request.extensions().get::<Streamed>().is_none() {
            request.extensions_mut().insert(deadline);
        }
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let mark = call.mark();
            let passed = call.pass_on(&mut inner, request);
            let result = match timeout_at(deadline.tokio_instant(), passed).await {
                Ok(result) => result,
                Err(_) => Err(Error::timeout(Scope::Call, call.phase_since(mark))),
            };
            call.finish(result)
        })
    }
}
