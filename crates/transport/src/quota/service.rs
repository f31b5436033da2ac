//! The service within a quota.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::{Quota, QuotaFuture};
use crate::call::{Carried, Deadline};
use crate::error::{BoxError, Error};

/// A service whose requests wait for their place in a quota.
///
/// Made by [`QuotaLayer`](super::QuotaLayer). It is always ready; the inner service's readiness is awaited once
/// the request's place has come. Cancel safety: a place that was not used goes back.
#[derive(Clone, Debug)]
pub struct QuotaService<S> {
    inner: S,
    quota: Quota,
}

impl<S> QuotaService<S> {
    /// Wraps a service.
    pub const fn new(inner: S, quota: Quota) -> Self {
        Self { inner, quota }
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

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        let deadline = Deadline::of(&request).map(Deadline::tokio_instant);
        QuotaFuture::new(
            self.inner.clone(),
            request,
            self.quota.clone(),
            deadline,
            call,
            owner,
        )
    }
}
