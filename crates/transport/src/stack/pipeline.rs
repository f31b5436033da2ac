//! Our layers in their order, as one service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::attempt::Attempt;
use crate::auth::Auth;
use crate::body::{RequestBody, ResponseBody};
use crate::call::Carried;
use crate::deadline::DeadlineService;
use crate::error::{BoxError, Error};
use crate::quota::QuotaService;
use crate::retry::Retry;
use crate::telemetry::{AttemptSpan, CallSpan};

pub(super) type Metered<S> = QuotaService<AttemptSpan<Attempt<S>>>;
pub(super) type Inner<S> = CallSpan<DeadlineService<Retry<Auth<Metered<S>>>>>;

/// Deadline, retry, credentials, quota and attempt around a leaf service, in this order.
///
/// Made by [`StackBuilder::service`](super::StackBuilder::service).
#[derive(Clone, Debug)]
pub struct Pipeline<S> {
    pub(super) inner: Inner<S>,
}

impl<S, C> Service<Request<Bytes>> for Pipeline<S>
where
    S: Service<Request<RequestBody>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = PipelineFuture<S, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        PipelineFuture {
            future: self.inner.call(Carried::within(request)),
        }
    }
}

pin_project! {
    /// The future of [`Pipeline`].
    pub struct PipelineFuture<S, C>
    where
        S: Service<Request<RequestBody>, Response = Response<C>>,
        S: Clone,
        S::Error: Into<BoxError>,
        C: Body<Data = Bytes>,
        C: Send,
        C: 'static,
        C::Error: Into<BoxError>,
    {
        #[pin]
        future: <Inner<S> as Service<Request<RequestBody>>>::Future,
    }
}

impl<S, C> Future for PipelineFuture<S, C>
where
    S: Service<Request<RequestBody>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx)
    }
}

impl<S, C> fmt::Debug for PipelineFuture<S, C>
where
    S: Service<Request<RequestBody>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineFuture").finish_non_exhaustive()
    }
}
