//! The span of a whole call.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::SpanFuture;
use super::observer::{Observer, Observers};
use super::subject::Subject;
use crate::call::Carried;
use crate::error::{BoxError, Error};

/// Wraps a service in [`CallSpan`].
#[derive(Clone, Debug, Default)]
pub struct CallSpanLayer {
    observers: Observers,
    in_stack: bool,
}

impl CallSpanLayer {
    /// Makes a layer that tells an observer too.
    pub fn with_observer(observer: impl Observer) -> Self {
        Self::observed(Observers::of(observer))
    }

    pub(crate) const fn observed(observers: Observers) -> Self {
        Self {
            observers,
            in_stack: false,
        }
    }

    /// Makes it the outermost layer of a stack with nothing around it.
    pub(crate) const fn in_stack(mut self) -> Self {
        self.in_stack = true;
        self
    }
}

impl<S> Layer<S> for CallSpanLayer {
    type Service = CallSpan<S>;

    fn layer(&self, inner: S) -> CallSpan<S> {
        CallSpan {
            inner,
            observers: self.observers.clone(),
            in_stack: self.in_stack,
        }
    }
}

/// A service with a span around a whole call. Put it around everything else.
#[derive(Clone, Debug)]
pub struct CallSpan<S> {
    inner: S,
    observers: Observers,
    in_stack: bool,
}

impl<S, B, C> Service<Request<B>> for CallSpan<S>
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        if owner && self.in_stack {
            call.lies_in_body();
        }
        let subject = Subject::call(&request, &call, &self.observers);
        let future = {
            let _entered = subject.as_deref().map(|subject| subject.span().enter());
            self.inner.call(request)
        };
        SpanFuture::new(future, subject, owner.then_some(call))
    }
}
