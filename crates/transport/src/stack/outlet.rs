//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::future::ready;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use http::{Request, Response};
use tower_service::Service;

use super::HttpService;
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

/// An HTTP service whose clones are cheap until they are asked to be ready.
///
/// Each layer clones the service inside it, and the clone of a boxed service is a clone of everything down to the client.
/// Without this type a call makes such a copy at each layer, which takes 30 allocations of 120.
#[derive(Debug)]
pub(super) struct Lazy {
    shared: Arc<HttpService>,
    own: Option<HttpService>,
}

impl Lazy {
    pub(super) fn new(service: HttpService) -> Self {
        let shared = Arc::new(service);
        Self { shared, own: None }
    }
}

impl Clone for Lazy {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { shared, own: None }
    }
}

impl Service<Request<RequestBody>> for Lazy {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture<ResponseBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let own = self.own.get_or_insert_with(|| (*self.shared).clone());
        own.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody>) -> ResponseFuture<ResponseBody> {
        let own = self.own.take();
        own.unwrap_or_else(|| (*self.shared).clone()).call(request)
    }
}

const EXTENSIONS_LOST: &str =
    "a layer has removed the extensions of a write, without which its outcome is not known";
