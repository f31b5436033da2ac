//! A name for any complete stack.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::error::{BoxError, Error};

/// Any service for whole calls under one name: boxed, cloneable, `Send` and `Sync`.
#[derive(Clone)]
pub struct HttpService {
    inner: BoxCloneSyncService<Request<Bytes>, Response<ResponseBody>, Error>,
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
            inner: BoxCloneSyncService::new(crate::error::Typed(service)),
        }
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
