//! The service with a deadline.

use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tower_service::Service;

use super::DeadlineFuture;
use crate::call::{Beneath, CallTimeout, Carried, Deadline};
use crate::error::{BoxError, Error};

/// A service whose calls end by an instant.
///
/// Made by [`DeadlineLayer`](super::DeadlineLayer). It is always ready: where the inner service is not, its readiness is
/// awaited within the call, on a clone, so that this wait counts too. Cancel safety: dropping the future drops the call.
#[derive(Clone, Debug)]
pub struct DeadlineService<S> {
    inner: Beneath<S>,
    timeout: Duration,
    trusts_attempts: bool,
}

impl<S> DeadlineService<S> {
    /// Wraps a service.
    pub const fn new(inner: S, timeout: Duration) -> Self {
        Self::of_layer(inner, timeout, false)
    }

    pub(super) const fn of_layer(inner: S, timeout: Duration, trusts_attempts: bool) -> Self {
        Self {
            inner: Beneath::new(inner),
            timeout,
            trusts_attempts,
        }
    }
}

impl<S, B, C> Service<Request<B>> for DeadlineService<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: 'static,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = DeadlineFuture<S, Request<B>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.ask(cx);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        let timeout = request
            .extensions()
            .get::<CallTimeout>()
            .map_or(self.timeout, |timeout| timeout.0);
        let own = Deadline::after_start(call.started(), timeout);
        let deadline = Deadline::of(&request).map_or(own, |given| own.min(given));
        Carried::set_deadline(&mut request, deadline);
        call.hold();
        let turn = self.inner.turn(request, &call);
        DeadlineFuture::new(turn, deadline, self.trusts_attempts, call, owner)
    }
}
