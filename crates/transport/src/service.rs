//! The service that all layers which send requests make, and its future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::call::CallContext;
use crate::error::{BoxError, Error};

/// The future of a layer's service: one boxed `async` block.
pub type ResponseFuture<C> = Pin<Box<dyn Future<Output = Result<Response<C>, BoxError>> + Send>>;

/// A service with a layer of this crate around it.
///
/// Made by [`CallLayer`](crate::CallLayer), [`DeadlineLayer`](crate::DeadlineLayer), [`RetryLayer`](crate::RetryLayer), [`AuthLayer`](crate::AuthLayer),
/// [`Quota`](crate::Quota) and [`AttemptLayer`](crate::AttemptLayer). Clones share the settings of the layer. Those
/// of deadline, credentials and quota are always ready: a request asks for the readiness of the service inside after it has
/// waited, and holds no permit while it waits. The other two are ready when the service inside is.
///
/// Cancel safety: dropping the future ends the call.
#[derive(Clone, Debug)]
pub struct Layered<L, S> {
    layer: Arc<L>,
    inner: S,
}

impl<L: Clone, S> Layered<L, S> {
    pub(crate) fn new(layer: &L, inner: S) -> Self {
        let layer = Arc::new(layer.clone());
        Self { layer, inner }
    }
}

/// What a layer does with a request.
pub(crate) trait Middleware<S, B>: Send + Sync + 'static {
    /// The body of the responses.
    type Body;

    /// Whether a request waits before it needs the service inside. Its service is always ready then.
    const WAITS: bool = true;

    /// Sends a request through the service inside.
    fn send(
        &self,
        call: &CallContext,
        inner: S,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<Self::Body>, Error>> + Send;
}

impl<L, S, B, C> Service<Request<B>> for Layered<L, S>
where
    L: Middleware<S, B, Body = C>,
    S: Service<Request<B>, Error: Into<BoxError>> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response<C>;
    type Error = BoxError;
    type Future = ResponseFuture<C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if L::WAITS {
            Poll::Ready(Ok(()))
        } else {
            self.inner.poll_ready(cx).map_err(Into::into)
        }
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let (call, closing) = CallContext::join(&mut request);
        let layer = Arc::clone(&self.layer);
        let inner = take_ready(&mut self.inner);
        Box::pin(async move {
            let result = layer.send(&call, inner, request).await;
            drop(closing);
            Ok(call.finish(result)?)
        })
    }
}

/// Takes a service that was found ready, and leaves a clone that was not asked.
pub(crate) fn take_ready<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}
