//! The HTTP service of a client.

use crate::error::ConfigError;

/// The HTTP service that a client sends its requests through: the default HTTP client or a custom service.
///
/// ```
/// use prism_imports::{Client, transport::{RequestBody, ResponseBody}};
///
/// // Any tower service of HTTP requests is accepted. This one returns a fixed response.
/// let canned = tower::service_fn(|_: http::Request<RequestBody>| async {
///     Ok::<_, std::io::Error>(http::Response::new(ResponseBody::from("{}")))
/// });
/// let client = Client::builder().api_key("a key").http_service(canned).build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
pub trait IntoHttpService: sealed::Sealed {
    /// The HTTP service.
    type Service;

    /// Creates the HTTP service.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Http`] if the HTTP client cannot be created.
    fn into_service(self) -> Result<Self::Service, ConfigError>;
}

/// The default HTTP client: hyper, with TLS by rustls.
///
/// ```
/// let client = prism_imports::Client::builder().api_key("a key").build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DefaultHttp(pub(super) ());

/// A custom HTTP service in place of the default HTTP client; see [`ClientBuilder::http_service`].
///
/// [`ClientBuilder::http_service`]: crate::ClientBuilder::http_service
///
/// ```
/// use prism_imports::transport::HttpClient;
///
/// // The default HTTP client with custom settings is such a service.
/// let http = HttpClient::builder().with_connect_timeout(std::time::Duration::from_secs(2)).build().unwrap();
/// let client = prism_imports::Client::builder().api_key("a key").http_service(http).build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CustomHttp<S>(pub(super) S);

#[cfg(any(feature = "http1", feature = "http2"))]
impl IntoHttpService for DefaultHttp {
    type Service = prism_imports_transport::HttpClient;

    fn into_service(self) -> Result<Self::Service, ConfigError> {
        prism_imports_transport::HttpClient::new()
            .map_err(|error| ConfigError::Http(Box::new(error)))
    }
}

impl<S> IntoHttpService for CustomHttp<S> {
    type Service = S;

    fn into_service(self) -> Result<S, ConfigError> {
        Ok(self.0)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "the trait is sealed")]
    pub trait Sealed {}

    impl Sealed for super::DefaultHttp {}
    impl<S> Sealed for super::CustomHttp<S> {}
}
