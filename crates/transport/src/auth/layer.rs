//! Gives any service credentials.

use tower_layer::Layer;

use super::{Auth, AuthScheme, Credentials};
use crate::Origin;

/// Wraps a service in [`Auth`].
#[derive(Clone, Debug)]
pub struct AuthLayer {
    pub(super) origin: Origin,
    pub(super) credentials: Credentials,
    pub(super) scheme: AuthScheme,
    pub(super) plain_http: bool,
}

impl AuthLayer {
    /// Makes a layer that sends credentials to `origin` only, as `x-api-key`.
    pub fn new(origin: Origin, credentials: Credentials) -> Self {
        Self {
            origin,
            credentials,
            scheme: AuthScheme::default(),
            plain_http: false,
        }
    }

    /// Sets the header and the prefix of the secret.
    #[must_use]
    pub fn with_scheme(mut self, scheme: AuthScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Allows plain http to an origin beyond this machine: everybody on the network path can read the key.
    #[must_use]
    pub const fn dangerously_allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth::new(inner, self.clone())
    }
}
