//! The service whose attempts are bounded.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::future::Expected;
use super::limits::Limits;
use super::{AttemptFuture, decode};
use crate::body::ResponseBody;
use crate::call::Carried;
use crate::error::{BoxError, Error};

/// A service whose attempts end in time and whose bodies are whole.
///
/// Made by [`AttemptLayer`](super::AttemptLayer). Cancel safety: dropping the future ends the attempt; the
/// account of the call keeps how far it had got.
#[derive(Clone, Debug)]
pub struct Attempt<S> {
    inner: S,
    limits: Limits,
}

impl<S> Attempt<S> {
    pub(super) const fn new(inner: S, limits: Limits) -> Self {
        Self { inner, limits }
    }
}

impl<S, B, C> Service<Request<B>> for Attempt<S>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Error: Into<BoxError>,
    B: 'static,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = AttemptFuture<S::Future, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        let expected = Expected {
            allowance: self.limits.of(&request),
            bodiless: *request.method() == Method::HEAD,
            encoded: decode::ask(request.headers_mut()),
        };
        let flight = call.begin_attempt();
        AttemptFuture::new(self.inner.call(request), expected, flight, owner)
    }
}
