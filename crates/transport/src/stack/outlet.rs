//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::call::CallContext;
use crate::error::{BoxError, Error};
use crate::service::{ResponseFuture, take_ready};

/// Gives requests to the HTTP service, and notes them in their call's context.
#[derive(Clone, Debug)]
pub(super) struct Outlet<S> {
    pub(super) http: S,
}

impl<S, B, C> Service<Request<B>> for Outlet<S>
where
    S: Service<Request<B>, Response = Response<C>, Error: Into<BoxError>> + Clone + Send + 'static,
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
            let call = request.extensions().get::<CallContext>().cloned();
            match call.filter(CallContext::is_complete) {
                Some(call) => {
                    let note = call.hand_over(&mut request)?;
                    let result = http.call(request).await.map_err(Error::from_any);
                    Ok(note.ended(result)?)
                }
                None if request.method().is_safe() => http.call(request).await.map_err(Into::into),
                None => Err(Error::config(EXTENSIONS_LOST).into()),
            }
        })
    }
}

const EXTENSIONS_LOST: &str =
    "a layer has removed the extensions of a write, without which its outcome is not known";
