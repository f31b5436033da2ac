//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::lazy::Lazy;
use crate::body::{RequestBody, ResponseBody};
use crate::call::CallContext;
use crate::error::{BoxError, Error};
use crate::service::{ResponseFuture, take_ready};

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

    fn call(&mut self, mut request: Request<RequestBody>) -> ResponseFuture<ResponseBody> {
        let mut http = take_ready(&mut self.http);
        Box::pin(async move {
            let call = request.extensions().get::<CallContext>().cloned();
            match call.filter(CallContext::is_complete) {
                Some(call) => {
                    let note = call.hand_over(&mut request)?;
                    let result = http.call(request).await.map_err(Error::from_any);
                    Ok(note.ended(result)?)
                }
                None if request.method().is_safe() => http.call(request).await,
                None => Err(Error::config(EXTENSIONS_LOST).into()),
            }
        })
    }
}

const EXTENSIONS_LOST: &str =
    "a layer has removed the extensions of a write, without which its outcome is not known";
