//! The service that opens and closes a call.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::CallContext;
use crate::error::BoxError;
use crate::service::ResponseFuture;
use crate::telemetry::{Observers, Subject, within};

/// A service whose calls have a context, a span and a report.
///
/// Made by [`CallLayer`](super::CallLayer). Put it around everything else, the layers of your own included: the report is
/// then right whatever they do. Cancel safety: dropping the future ends the call, and no write of it leaves later.
#[derive(Clone, Debug)]
pub struct Call<S> {
    inner: S,
    observers: Observers,
    is_complete: bool,
}

impl<S> Call<S> {
    pub(super) const fn new(inner: S, observers: Observers, is_complete: bool) -> Self {
        Self {
            inner,
            observers,
            is_complete,
        }
    }
}

impl<S, B, C> Service<Request<B>> for Call<S>
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
        // The wait for readiness belongs to the call: its deadline bounds it.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let context = if self.is_complete {
            CallContext::join_complete(&mut request)
        } else {
            CallContext::join(&mut request)
        };
        let mut inner = self.inner.clone();
        let mut subject = Subject::of_call(&request, context.clone(), self.observers.clone());
        let closing = Closing(context.clone());
        let span = subject.span();
        Box::pin(within(span, async move {
            let result = context.pass_on(&mut inner, request).await;
            drop(closing);
            subject.end(&result);
            context.finish(result)
        }))
    }
}

/// Closes a call when it ends, also by being dropped.
struct Closing(CallContext);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
