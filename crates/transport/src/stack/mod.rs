//! Puts the layers together, in the one order in which all of their promises hold.
//!
//! | | | why here |
//! |---|---|---|
//! | 1 | [call](crate::CallLayer) | its span and its report cover everything below, the layers of your own included |
//! | 2 | [deadline](crate::deadline) | bounds everything below by one instant, waits for readiness included: with 30 s for an attempt instead, three attempts and their waits take up to 91.5 s |
//! | 3 | your layers: [`StackBuilder::layer`] | see a call once, with its final response |
//! | 4 | [retry](crate::retry) | repeats everything below, so that each attempt has fresh credentials, its own place in the quota and its own timeout |
//! | 5 | [credentials](crate::auth) | outside the attempt: a renewal has its own timeout, and the resend after a 401 is an attempt like any other |
//! | 6 | [quota](crate::quota) | inside the retry: three attempts are three requests for the server. Outside the attempt: a wait of 20 s for a place is not part of an attempt's 30 s |
//! | 7 | [attempt](crate::attempt) | reads the body to its end: fifty retried responses of 100 KB use one connection, and fifty-one if their bodies are dropped |
//! | 8 | your attempt layers: [`StackBuilder::attempt_layer`] | see each request as it is sent, with credentials and the attempt's number |
//! | 9 | the HTTP service | [hyper](crate::HttpClient), or any service in its place |
//!
//! Layers that wait (2, 5 and 6) are always ready, and ask for the readiness of the service inside when they have
//! waited: a request that waits holds no permit of a concurrency limit inside. A stack starts no task: it can be built
//! outside of a runtime, cloned and dropped.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::{HttpClient, HttpService, Quota, StackBuilder};
//! use tower::limit::ConcurrencyLimitLayer;
//!
//! let mut stack = StackBuilder::new()
//!     .timeout(Duration::from_secs(30))
//!     .quota(Quota::unlimited().with_rate(10, Duration::from_secs(1)));
//! if std::env::var_os("FEW_CONNECTIONS").is_some() {
//!     stack = stack.attempt_layer(ConcurrencyLimitLayer::new(4));
//! }
//! let service: HttpService = stack.build(HttpClient::new()?);
//! # Ok::<(), prism_imports_transport::Error>(())
//! ```

mod builder;
mod ends;

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_layer::Layer;
use tower_service::Service;

pub use self::builder::StackBuilder;
pub use self::ends::CallLayer;
use crate::body::{RequestBody, ResponseBody};
use crate::error::BoxError;

/// Any service that sends HTTP requests: boxed, cloneable, `Send` and `Sync`.
pub type HttpService = BoxCloneSyncService<Request<RequestBody>, Response<ResponseBody>, BoxError>;

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

impl<L: Layer<HttpService, Service: IntoHttpService> + Send + Sync + 'static> HttpLayer for L {
    fn around(&self, inner: HttpService) -> HttpService {
        self.layer(inner).into_http_service()
    }
}

impl fmt::Debug for dyn HttpLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpLayer")
    }
}

#[cfg(test)]
mod tests;
