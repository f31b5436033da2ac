//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::call::{CallContext, Recipient};
use crate::error::{BoxError, Error};
use crate::service::{ResponseFuture, take_ready};

/// Gives requests to the HTTP service, and notes them in their call's context.
#[derive(Clone, Debug)]
pub(super) struct Outlet<S> {
    http: S,
}

impl<S> Outlet<S> {
    pub(super) const fn new(http: S) -> Self {
        Self { http }
    }
}

impl<S, B, C> Service<Request<B>> for Outlet<S>
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

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let mut http = take_ready(&mut self.http);
        Box::pin(async move {
            let Some(call) = CallContext::complete_of(&request) else {
                if !request.method().is_safe() {
                    return Err(Error::config(
                        "a layer has removed the extensions of a write, without which its outcome is not known",
                    )
                    .into());
                }
                return http.call(request).await.map_err(Into::into);
            };
            let note = call.hand_over(&mut request, Recipient::Http)?;
            let result = http
                .call(request)
                .await
                .map_err(|error| Error::from_boxed(error.into()));
            call.end(note, &result);
            result.map_err(Into::into)
        })
    }
}
