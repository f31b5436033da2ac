//! An HTTP service that is cloned when it is used.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::HttpService;
use crate::body::{RequestBody, ResponseBody};
use crate::error::BoxError;
use crate::service::ResponseFuture;

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
