//! What sends the requests.

use crate::error::ConfigError;

/// What sends the requests of a client: the built-in one, or yours.
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

/// The built-in HTTP client.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn(pub(super) ());

/// A service of your own in place of the built-in HTTP client.
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
