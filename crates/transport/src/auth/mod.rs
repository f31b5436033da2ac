//! Puts credentials on requests to one origin, and nowhere else.
//!
//! The layer is built for one [`Origin`]: a request to another one is refused before any traffic,
//! and so is plain http beyond the machine itself. The header is marked sensitive, which keeps it out of debug
//! output and out of HTTP/2's compression tables. Layers inside this one see the header; should one of them point the
//! request elsewhere, the credentials go with it.
//!
//! Credentials come from a [`Credentials`] handle: a fixed key, or a source that is asked again when they
//! expire or when the server answers 401. However many calls wait, the source is asked once: the renewal is one
//! future that every waiting call drives.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use http::Uri;
//! use prism_imports_transport::{Origin, auth::{AuthLayer, AuthScheme, Credential, Credentials}};
//!
//! let origin = Origin::of(&Uri::from_static("https://api.example"))?;
//! let layer = AuthLayer::new(origin.clone(), Credentials::fixed("a key"));
//!
//! let tokens = Credentials::refreshing(|| async {
//!     // ask the token endpoint
//!     Ok::<_, std::io::Error>(Credential::new("a token").with_lifetime(Duration::from_secs(3600)))
//! });
//! let bearer = AuthLayer::new(origin, tokens).with_scheme(AuthScheme::Bearer);
//! # Ok::<(), prism_imports_transport::Error>(())
//! ```

mod credentials;

use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri};

pub use self::credentials::{Credential, Credentials};
use crate::Origin;
use crate::error::{Error, Kind};
use crate::service::{Inner, Middleware, Next, Sent, layer};

/// Puts credentials on requests.
///
/// Cancel safety: dropping the future ends the call; a renewal of the credentials goes on while another call waits for it.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct AuthLayer {
    origin: Origin,
    credentials: Credentials,
    scheme: AuthScheme,
    plain_http: bool,
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
    pub fn with_scheme(mut self, scheme: AuthScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Allows plain http to an origin beyond this machine: everybody on the network path can read the key.
    pub const fn dangerously_allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }
}

layer!(AuthLayer);

impl<S: Inner<B>, B: Clone + Send> Middleware<S, B> for AuthLayer {
    type Body = S::Body;

    /// Sends a request with credentials, and once more with renewed ones if the server does not accept them.
    async fn send(self: Arc<Self>, mut next: Next<S>, mut request: Request<B>) -> Sent<S::Body> {
        self.check(request.uri())?;
        let token = self.credentials.token().await?;
        self.scheme.sign(&mut request, &token.secret);
        // A fixed key is never sent a second time, so the request needs no copy.
        if !self.credentials.is_refreshing() {
            return next.send(request).await;
        }
        let response = next.send(request.clone()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.credentials.reject(&token);
        let renewed = match self.credentials.token().await {
            Ok(renewed) if renewed.secret != token.secret => renewed,
            // There are no better credentials: the server's answer stands.
            Ok(_) | Err(_) => return Ok(response),
        };
        drop(response);
        self.scheme.sign(&mut request, &renewed.secret);
        let response = next.send(request).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.credentials.reject(&renewed);
        }
        Ok(response)
    }
}

impl AuthLayer {
    /// Refuses a URL that credentials must not be sent to.
    fn check(&self, uri: &Uri) -> Result<(), Error> {
        let origin = &self.origin;
        let message = if !origin.is_origin_of(uri) {
            format!("credentials are sent to {origin} only")
        } else if !origin.is_secure() && !origin.is_loopback() && !self.plain_http {
            format!("credentials are not sent over plain http to {origin}")
        } else {
            return Ok(());
        };
        Err(Error::refused(Kind::Origin, message))
    }
}

/// Which header carries the secret, and with which prefix.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AuthScheme {
    /// The bare secret in a header of this name.
    Header(HeaderName),
    /// `Authorization: Bearer SECRET`.
    Bearer,
}

impl AuthScheme {
    /// Writes a secret into a request.
    fn sign<B>(&self, request: &mut Request<B>, secret: &Bytes) {
        let (name, text) = match self {
            Self::Header(name) => (name.clone(), secret.clone()),
            Self::Bearer => (AUTHORIZATION, [b"Bearer ", &secret[..]].concat().into()),
        };
        // Credentials are checked before they are in use.
        let value = HeaderValue::from_maybe_shared(text);
        let mut value = value.expect("visible ASCII and blanks only");
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
}

impl Default for AuthScheme {
    /// `x-api-key`.
    fn default() -> Self {
        Self::Header(HeaderName::from_static("x-api-key"))
    }
}

#[cfg(test)]
mod tests;
