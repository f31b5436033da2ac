//! The service within a quota.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::{Quota, QuotaFuture};
use crate::call::{Beneath, Carried, Deadline};
use crate::error::{BoxError, Error};

/// A service whose requests wait for their place in a quota.
///
/// Made by [`QuotaLayer`](super::QuotaLayer). It is always ready; a request that has to wait for its place awaits the
/// inner service's readiness once that has come. Cancel safety: a place that was not used goes back.
#[derive(Clone, Debug)]
pub struct QuotaService<S> {
    inner: Beneath<S>,
    quota: Quota,
}

impl<S> QuotaService<S> {
    /// Wraps a service.
    pub const fn new(inner: S, quota: Quota) -> Self {
        Self {
            inner: Beneath::new(inner),
            quota,
        }
    }
}

impl<S, B, C> Service<Request<B>> for QuotaService<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: 'static,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = QuotaFuture<S, Request<B>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.ask(cx);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        let deadline = Deadline::of(&request).map(Deadline::tokio_instant);
        call.hold();
        let quota = self.quota.clone();
        QuotaFuture::new(&mut self.inner, request, quota, deadline, call, owner)
    }
}
