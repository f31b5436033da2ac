//! The future of a retried call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::replayer::Replayer;
use crate::call::Call;
use crate::error::{BoxError, Error, Typed};

pin_project! {
    /// The future of [`Retry`](super::Retry).
    pub struct RetryFuture<S, B, C>
    where
        S: Service<Request<B>, Response = Response<C>>,
        S: Clone,
        S::Error: Into<BoxError>,
        B: Clone,
    {
        #[pin]
        inner: tower::retry::future::ResponseFuture<Replayer, Typed<S>, Request<B>>,
        call: Call,
        owner: bool,
    }
}

impl<S, B, C> RetryFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    pub(super) fn new(
        inner: tower::retry::future::ResponseFuture<Replayer, Typed<S>, Request<B>>,
        call: Call,
        owner: bool,
    ) -> Self {
        Self { inner, call, owner }
    }
}

impl<S, B, C> Future for RetryFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    type Output = Result<Response<C>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        Poll::Ready(if *this.owner {
            this.call.close(result)
        } else {
            result
        })
    }
}

impl<S, B, C> fmt::Debug for RetryFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").finish_non_exhaustive()
    }
}
