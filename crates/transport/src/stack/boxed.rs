//! A name for any complete stack.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::error::{BoxError, Error};

/// Any service for whole calls under one name: boxed, cloneable, `Send` and `Sync`.
pub struct HttpService {
    inner: Box<dyn Boxed>,
}

/// The future of [`HttpService`].
pub type HttpFuture = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

impl HttpService {
    /// Boxes a service; what its errors say of kind and phase is read from them.
    pub fn new<S>(service: S) -> Self
    where
        S: Service<Request<Bytes>, Response = Response<ResponseBody>>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        Self {
            inner: Box::new(service),
        }
    }
}

impl Clone for HttpService {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone_box(),
        }
    }
}

/// What the name asks of a service. tower's box for it moves the future, which is large, four times.
trait Boxed: Send + Sync {
    fn clone_box(&self) -> Box<dyn Boxed>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;

    fn call(&mut self, request: Request<Bytes>) -> HttpFuture;
}

impl<S> Boxed for S
where
    S: Service<Request<Bytes>, Response = Response<ResponseBody>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    fn clone_box(&self) -> Box<dyn Boxed> {
        Box::new(self.clone())
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Service::poll_ready(self, cx).map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<Bytes>) -> HttpFuture {
        Box::pin(Typed {
            future: Service::call(self, request),
        })
    }
}

pin_project! {
    /// A future whose error is [`Error`].
    struct Typed<F> {
        #[pin]
        future: F,
    }
}

impl<F, T, E> Future for Typed<F>
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

impl Service<Request<Bytes>> for HttpService {
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = HttpFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Bytes>) -> HttpFuture {
        self.inner.call(request)
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").finish_non_exhaustive()
    }
}
