//! Which layers and services fit into a stack.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;

use super::HttpService;
use crate::body::{RequestBody, ResponseBody};
use crate::error::BoxError;

/// A service that fits into a stack.
///
/// Every tower service of `Request<RequestBody>` is one whose responses have a body of [`Bytes`], whatever its error is. It
/// must be `Clone`, and like its future and the body of its responses `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Service<Request<RequestBody>>` that fits into a stack",
    note = "its response must be `Response<B>` with `B: Body<Data = Bytes>`, and it must be `Clone + Send + Sync`"
)]
pub trait IntoHttpService {
    /// Boxes the service.
    fn into_http_service(self) -> HttpService;
}

impl<S, C> IntoHttpService for S
where
    S: Service<Request<RequestBody>, Response = Response<C>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    C: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn into_http_service(self) -> HttpService {
        HttpService::new(
            self.map_response(|response: Response<C>| response.map(ResponseBody::new))
                .map_err(Into::into),
        )
    }
}

/// A layer that fits into a stack.
///
/// Every tower layer is one that makes, of an [`HttpService`], a service that fits: see [`IntoHttpService`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer that fits around an `HttpService`",
    note = "its service must be a `Service<Request<RequestBody>>` whose response is `Response<B>` with `B: Body<Data = Bytes>`"
)]
pub trait HttpLayer: Send + Sync + 'static {
    /// Puts the layer around a service.
    fn around(&self, inner: HttpService) -> HttpService;
}

impl<L> HttpLayer for L
where
    L: Layer<HttpService> + Send + Sync + 'static,
    L::Service: IntoHttpService,
{
    fn around(&self, inner: HttpService) -> HttpService {
        self.layer(inner).into_http_service()
    }
}

impl fmt::Debug for dyn HttpLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpLayer")
    }
}
