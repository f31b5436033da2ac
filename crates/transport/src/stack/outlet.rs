//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::future::ready;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use http::{Request, Response};
use tower_service::Service;

use super::lazy::Lazy;
use crate::body::{RequestBody, ResponseBody};
use crate::call::CallContext;
use crate::error::{BoxError, Error};
use crate::service::ResponseFuture;

/// Gives requests to the HTTP service, and notes them in their call's context.
#[derive(Clone, Debug)]
pub(super) struct Outlet {
    pub(super) http: Lazy,
}

impl Service<Request<RequestBody>> for Outlet {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture<ResponseBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody>) -> ResponseFuture<ResponseBody> {
        let call = request.extensions().get::<CallContext>().cloned();
        match call.filter(CallContext::is_complete) {
            Some(call) => {
                let answered = call.note(&mut self.http, request);
                Box::pin(answered.map(|result| Ok(result?)))
            }
            None if request.method().is_safe() => self.http.call(request),
            None => Box::pin(ready(Err(Error::config(EXTENSIONS_LOST).into()))),
        }
    }
}

const EXTENSIONS_LOST: &str =
    "a layer has removed the extensions of a write, without which its outcome is not known";
