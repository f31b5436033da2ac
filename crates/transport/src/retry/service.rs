//! The retrying service: tower's loop around a service with our error.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::replayer::Replayer;
use super::{RetryFuture, RetryPolicy};
use crate::call::{AttemptNumber, Call};
use crate::error::{BoxError, Error, Typed};

/// A service that sends a request again when that is safe and useful.
///
/// Made by [`RetryLayer`](super::RetryLayer). The request's body must be cloneable: every attempt sends it
/// anew. Cancel safety: dropping the future ends the call; a retry that was paid for but not yet sent
/// goes back to the budget.
#[derive(Clone, Debug)]
pub struct Retry<S> {
    inner: tower::retry::Retry<Replayer, Typed<S>>,
    policy: RetryPolicy,
}

impl<S> Retry<S> {
    /// Wraps a service.
    pub fn new(inner: S, policy: RetryPolicy) -> Self {
        Self {
            inner: tower::retry::Retry::new(Replayer::new(policy.clone()), Typed(inner)),
            policy,
        }
    }
}

impl<S, B, C> Service<Request<B>> for Retry<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = RetryFuture<S, B, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Call::join(request.extensions_mut());
        request.extensions_mut().insert(AttemptNumber::FIRST);
        let policy = request
            .extensions()
            .get::<RetryPolicy>()
            .unwrap_or(&self.policy);
        if let Some(budget) = policy.budget() {
            budget.deposit();
        }
        RetryFuture::new(self.inner.call(request), call, owner)
    }
}
