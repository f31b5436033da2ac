//! The retrying service.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::future::Next;
use super::kept::Kept;
use super::replayer::Replayer;
use super::{RetryFuture, RetryPolicy};
use crate::call::Carried;
use crate::error::{BoxError, Error};

/// A service that sends a request again when that is safe and useful.
///
/// Made by [`RetryLayer`](super::RetryLayer). The request's body must be cloneable: every attempt sends it
/// anew. Cancel safety: dropping the future ends the call; a retry that was paid for but not yet sent
/// goes back to the budget.
#[derive(Clone, Debug)]
pub struct Retry<S> {
    inner: S,
    policy: RetryPolicy,
}

impl<S> Retry<S> {
    /// Wraps a service.
    pub const fn new(inner: S, policy: RetryPolicy) -> Self {
        Self { inner, policy }
    }
}

impl<S, B, C> Service<Request<B>> for Retry<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone + 'static,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = RetryFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        let replayer = Replayer::new(&request, &self.policy);
        if let Some(budget) = replayer.policy().budget() {
            budget.deposit();
        }
        // The service that was found ready takes the request; its clone is for the next attempt.
        let next = (replayer.policy().max_attempts() > 1).then(|| {
            Box::new(Next {
                service: self.inner.clone(),
                kept: Kept::of(&request),
            })
        });
        Carried::set_number(&mut request, replayer.number());
        RetryFuture::new(self.inner.call(request), next, replayer, call, owner)
    }
}
