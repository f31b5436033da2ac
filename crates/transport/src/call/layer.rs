//! Opens and closes a call.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::CallContext;
use crate::error::BoxError;
use crate::service::ResponseFuture;
use crate::telemetry::{Observer, Observers, Subject};

/// Wraps a service in [`Call`].
#[derive(Clone, Debug, Default)]
pub struct CallLayer {
    observers: Observers,
    is_complete: bool,
}

impl CallLayer {
    /// Reports the end of each call to an observer too.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer) -> Self {
        self.observers = Observers::of(observer);
        self
    }

    /// Opens calls whose HTTP service notes what it is given.
    pub(crate) const fn complete(observers: Observers) -> Self {
        Self {
            observers,
            is_complete: true,
        }
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        Call {
            inner,
            settings: self.clone(),
        }
    }
}

/// A service whose calls have a context, a span and a report.
///
/// Made by [`CallLayer`]. Put it around everything else, the layers of your own included: the report is
/// then right whatever they do. Cancel safety: dropping the future ends the call, and no write of it leaves later.
#[derive(Clone, Debug)]
pub struct Call<S> {
    inner: S,
    settings: CallLayer,
}

impl<S, B, C> Service<Request<B>> for Call<S>
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
        // The wait for readiness belongs to the call: its deadline bounds it.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let joined = CallContext::of(&request);
        let is_ours = joined.is_none();
        let call = joined.unwrap_or_else(|| CallContext::open(&mut request));
        if self.settings.is_complete {
            call.complete(&request);
        }
        let mut inner = self.inner.clone();
        let subject = Subject::of_call(&request, &call, &self.settings.observers);
        let closing = is_ours.then(|| Closing(call.clone()));
        Box::pin(async move {
            let passed = async {
                let result = call.pass_on(&mut inner, request).await;
                drop(closing);
                result
            };
            Ok(subject.observe(passed).await?)
        })
    }
}

/// Closes a call when the layer that opened it ends, also by being dropped.
struct Closing(CallContext);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
