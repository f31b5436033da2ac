//! The layer, and the service within a quota.

use std::task::{Context, Poll};
use std::time::SystemTime;

use http::{Request, Response, StatusCode};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;

use super::Quota;
use crate::call::{CallContext, Deadline};
use crate::error::{BoxError, Error, Kind};
use crate::retry::retry_after;
use crate::service::ResponseFuture;

/// Wraps a service in [`QuotaService`].
#[derive(Clone, Debug, Default)]
pub struct QuotaLayer {
    quota: Quota,
}

impl QuotaLayer {
    /// Makes a layer whose services share `quota`.
    pub const fn new(quota: Quota) -> Self {
        Self { quota }
    }

    /// Returns the quota.
    pub const fn quota(&self) -> &Quota {
        &self.quota
    }
}

impl<S> Layer<S> for QuotaLayer {
    type Service = QuotaService<S>;

    fn layer(&self, inner: S) -> QuotaService<S> {
        QuotaService::new(inner, self.quota.clone())
    }
}

/// A service whose requests wait for their place in a quota.
///
/// Made by [`QuotaLayer`]. It is always ready; a request asks for the inner service's readiness when its place has come,
/// so that a waiting request holds no permit of a layer inside. Cancel safety: a place that was not used is given back.
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
        let quota = self.quota.clone();
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let result = quota.send(&call, &mut inner, request).await;
            match &result {
                Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
                    if let Some(wait) = retry_after(response.headers(), SystemTime::now()) {
                        quota.ledger().hold(Instant::now(), wait);
                    }
                }
                Err(error) if error.kind() == Kind::Quota => {
                    call.set_stop(None, error.retry_after());
                }
                Ok(_) | Err(_) => {}
            }
            Ok(call.finish(result)?)
        })
    }
}

impl Quota {
    async fn send<S, B, C>(
        &self,
        call: &CallContext,
        inner: &mut S,
        request: Request<B>,
    ) -> Result<Response<C>, Error>
    where
        S: Service<Request<B>, Response = Response<C>, Error: Into<BoxError>>,
    {
        let deadline = Deadline::of(&request).map(|deadline| deadline.at);
        let ticket = self.acquire(deadline).await?;
        inner.ready().await.map_err(Error::from_any)?;
        ticket.use_up();
        call.pass_on(inner, request).await
    }
}
