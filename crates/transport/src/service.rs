//! The future of every layer.

use std::future::Future;
use std::pin::Pin;

use http::Response;

use crate::error::BoxError;

/// The future of a layer's service: one boxed `async` block.
pub type ResponseFuture<C> = Pin<Box<dyn Future<Output = Result<Response<C>, BoxError>> + Send>>;

/// Takes a service that was found ready, and leaves a clone that was not asked.
pub(crate) fn take_ready<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}
