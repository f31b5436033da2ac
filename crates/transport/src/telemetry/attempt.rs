//! The span of one attempt.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::SpanFuture;
use super::observer::{Observer, Observers};
use super::subject::Subject;
use crate::error::{BoxError, Error};

/// Wraps a service in [`AttemptSpan`].
#[derive(Clone, Debug, Default)]
pub struct AttemptSpanLayer {
    observers: Observers,
}

impl AttemptSpanLayer {
    /// Makes a layer that tells an observer too.
    pub fn with_observer(observer: impl Observer) -> Self {
        Self::observed(Observers::of(observer))
    }

    pub(crate) const fn observed(observers: Observers) -> Self {
        Self { observers }
    }
}

impl<S> Layer<S> for AttemptSpanLayer {
    type Service = AttemptSpan<S>;

    fn layer(&self, inner: S) -> AttemptSpan<S> {
        AttemptSpan {
            inner,
            observers: self.observers.clone(),
        }
    }
}

/// A service with a span around one attempt. Put it inside the retry, around whatever one attempt consists of.
#[derive(Clone, Debug)]
pub struct AttemptSpan<S> {
    inner: S,
    observers: Observers,
}

impl<S, B, C> Service<Request<B>> for AttemptSpan<S>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Error: Into<BoxError>,
    B: 'static,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = SpanFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let subject = Subject::attempt(&request, &self.observers);
        let future = {
            let _entered = subject.as_deref().map(|subject| subject.span().enter());
            self.inner.call(request)
        };
        SpanFuture::new(future, subject, None)
    }
}
