//! What sends the requests.

use crate::error::ConfigError;

/// What sends the requests of a client: the built-in one, or yours.
///
/// ```
/// use prism_imports::{Client, transport::{RequestBody, ResponseBody}};
///
/// // Any tower service of HTTP requests will do: this one has an answer ready.
/// let canned = tower::service_fn(|_: http::Request<RequestBody>| async {
///     Ok::<_, std::io::Error>(http::Response::new(ResponseBody::from("{}")))
/// });
/// let client = Client::builder().api_key("a key").http_service(canned).build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
pub trait Leaf: sealed::Sealed {
    /// The service that sends.
    type Service;

    /// Sets the service up.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Http`] when it cannot be.
    fn into_service(self) -> Result<Self::Service, ConfigError>;
}

/// The built-in HTTP client: hyper's, with TLS by rustls. What a builder has unless it is given another.
///
/// ```
/// let client = prism_imports::Client::builder().api_key("a key").build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn(pub(super) ());

/// A service of your own in place of the built-in HTTP client; see [`ClientBuilder::http_service`].
///
/// [`ClientBuilder::http_service`]: crate::ClientBuilder::http_service
///
/// ```
/// use prism_imports::transport::HttpClient;
///
/// // The built-in client with settings of its own is such a service too.
/// let http = HttpClient::builder().with_connect_timeout(std::time::Duration::from_secs(2)).build().unwrap();
/// let client = prism_imports::Client::builder().api_key("a key").http_service(http).build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Own<S>(pub(super) S);

#[cfg(any(feature = "http1", feature = "http2"))]
impl Leaf for BuiltIn {
    type Service = prism_imports_transport::HttpClient;

    fn into_service(self) -> Result<Self::Service, ConfigError> {
        prism_imports_transport::HttpClient::new()
            .map_err(|error| ConfigError::Http(Box::new(error)))
    }
}

impl<S> Leaf for Own<S> {
    type Service = S;

    fn into_service(self) -> Result<S, ConfigError> {
        Ok(self.0)
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "the point of a sealed trait")]
    pub trait Sealed {}

    impl Sealed for super::BuiltIn {}
    impl<S> Sealed for super::Own<S> {}
}
