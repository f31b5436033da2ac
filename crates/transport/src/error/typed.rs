//! Gives any service this crate's error.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

use super::{BoxError, Error};

/// A service whose error is [`Error`].
#[derive(Clone, Debug)]
pub(crate) struct Typed<S>(pub(crate) S);

impl<S, R> Service<R> for Typed<S>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = Error;
    type Future = TypedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        TypedFuture {
            future: self.0.call(request),
        }
    }
}

pin_project! {
    /// The future of [`Typed`].
    #[derive(Debug)]
    pub(crate) struct TypedFuture<F> {
        #[pin]
        future: F,
    }
}

impl<F, T, E> Future for TypedFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.project().future.poll(cx));
        Poll::Ready(result.map_err(|error| Error::from_boxed(error.into())))
    }
}
