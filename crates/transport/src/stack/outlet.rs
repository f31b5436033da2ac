//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::HttpService;
use crate::body::{RequestBody, ResponseBody};
use crate::error::{BoxError, Error};
use crate::service::{Inner, Middleware, Next, ResponseFuture, Sent, layer};

/// Notes the requests of a stack in the contexts of their calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlet;

layer!(Outlet);

impl<S: Inner<B>, B: Send> Middleware<S, B> for Outlet {
    type Body = S::Body;

    const WAITS: bool = false;

    async fn send(self: Arc<Self>, mut next: Next<S>, request: Request<B>) -> Sent<S::Body> {
        if !next.call.is_complete() && !request.method().is_safe() {
            return Err(Error::config(NO_CALL));
        }
        next.note(request).await
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

const NO_CALL: &str =
    "a layer removes the extensions of a write, or sends it after its call: its outcome is unknown";
