//! The service that all layers which send requests make, and its future.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use tower::ServiceExt;
use tower_service::Service;

use crate::call::CallContext;
use crate::error::{BoxError, Error, Phase};
use crate::telemetry::Subject;

/// The future of a layer's service, boxed.
pub type ResponseFuture<C> = BoxFuture<'static, Result<Response<C>, BoxError>>;

/// How sending a request ended.
pub(crate) type Sent<C> = Result<Response<C>, Error>;

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
    pub(crate) layer: Arc<L>,
    pub(crate) inner: S,
}

/// Makes settings a [`Layer`](tower_layer::Layer) whose services are [`Layered`].
macro_rules! layer {
    ($settings:ty) => {
        impl<S> tower_layer::Layer<S> for $settings {
            type Service = $crate::Layered<Self, S>;

            fn layer(&self, inner: S) -> Self::Service {
                let layer = std::sync::Arc::new(self.clone());
                $crate::Layered { layer, inner }
            }
        }
    };
}

pub(crate) use layer;

/// A service that requests are handed to: what is inside a layer.
pub(crate) trait Inner<B>:
    Service<Request<B>, Response = Response<Self::Body>, Error: Into<BoxError>, Future: Send> + Send
{
    /// The body of its responses.
    type Body: Send;
}

impl<S, B, C> Inner<B> for S
where
    S: Service<Request<B>, Response = Response<C>, Error: Into<BoxError>, Future: Send> + Send,
    C: Send,
{
    type Body = C;
}

/// What a layer does with a request.
pub(crate) trait Middleware<S, B>: Send + Sync + 'static {
    /// The body of the responses.
    type Body;

    /// Whether a request waits before it needs the service inside. Its service is always ready then, and the one inside may
    /// not be when the request is sent.
    const WAITS: bool = true;

    /// Begins to observe a request, if the layer reports how it ends.
    fn observe(&self, _: &Request<B>, _: &CallContext) -> Option<Subject> {
        None
    }

    /// Sends a request through the service inside.
    fn send(
        self: Arc<Self>,
        next: Next<S>,
        request: Request<B>,
    ) -> impl Future<Output = Sent<Self::Body>> + Send;
}

/// The service inside a layer, for the requests of one call.
pub(crate) struct Next<S> {
    pub(crate) call: CallContext,
    pub(crate) inner: S,
}

impl<S> Next<S> {
    /// Hands a request over as soon as the service is ready.
    pub(crate) async fn send<B>(&mut self, request: Request<B>) -> Sent<S::Body>
    where
        S: Inner<B>,
    {
        self.ready().await?;
        self.pass_on(request).await
    }

    /// Waits until the service is ready. A request that finds none was not sent.
    pub(crate) async fn ready<B>(&mut self) -> Result<(), Error>
    where
        S: Inner<B>,
    {
        let ready = self.inner.ready().await.map(drop);
        ready.map_err(|error| Error::from_any(error).with_phase(Phase::NotSent))
    }

    /// Hands a request over to the service, which is ready. In a stack, the innermost layer notes that.
    pub(crate) fn pass_on<B>(
        &mut self,
        mut request: Request<B>,
    ) -> impl Future<Output = Sent<S::Body>> + use<'_, S, B>
    where
        S: Inner<B>,
    {
        let call = &self.call;
        let mark = call.mark();
        let note = (!call.is_complete()).then(|| call.hand_over(&mut request));
        let note = note.transpose();
        // Called before the block: the request is not held there a second time.
        let sent = note.map(|note| (note, self.inner.call(request)));
        async move {
            let (note, sent) = sent?;
            let result = sent.await.map_err(Error::from_any);
            if let Some(note) = note {
                note.ended(&result);
            }
            result.map_err(|error| error.with_phase(call.report_since(mark).phase))
        }
    }
}

impl<L, S, B, C> Service<Request<B>> for Layered<L, S>
where
    L: Middleware<S, B, Body = C>,
    S: Service<Request<B>, Error: Into<BoxError>> + Clone + 'static,
    B: 'static,
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
        let subject = self.layer.observe(&request, &call);
        // The service that was found ready sends the request, and a clone that was not asked stays.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        // The layer's future holds the request, and a block around it would hold both twice.
        let next = Next {
            call: call.clone(),
            inner,
        };
        let sent = Arc::clone(&self.layer).send(next, request);
        #[cfg(feature = "tracing")]
        let sent = Subject::instrument(subject.as_ref(), sent);
        Box::pin(sent.map(move |result| {
            drop(closing);
            let result = call.finish(result);
            if let Some(subject) = subject {
                subject.ended(&result);
            }
            Ok(result?)
        }))
    }
}
