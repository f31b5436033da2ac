//! The layer that puts credentials on requests, and how a secret is written into a header.

use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};

use super::Credentials;
use crate::Origin;
use crate::call::CallContext;
use crate::error::{Error, Kind};
use crate::service::{Inner, Middleware, layer, ready};

/// Puts credentials on requests.
///
/// A request asks for the readiness of the service inside when it has its credentials. Cancel safety: dropping the future
/// ends the call; a renewal of the credentials goes on as long as another call waits for it.
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
    async fn send(
        self: Arc<Self>,
        call: CallContext,
        mut inner: S,
        mut request: Request<B>,
    ) -> Result<Response<S::Body>, Error> {
        self.check(request.uri())?;
        let token = self.credentials.token().await?;
        self.scheme.sign(&mut request, &token.secret)?;
        ready(&mut inner).await?;
        // A fixed key is never sent a second time, so the request needs no copy.
        if !self.credentials.is_refreshing() {
            return call.pass_on(&mut inner, request).await;
        }
        let response = call.pass_on(&mut inner, request.clone()).await?;
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
        self.scheme.sign(&mut request, &renewed.secret)?;
        ready(&mut inner).await?;
        let response = call.pass_on(&mut inner, request).await?;
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
pub struct AuthScheme {
    header: HeaderName,
    prefix: &'static str,
}

impl AuthScheme {
    /// Writes the bare secret into a header of this name.
    pub const fn header(name: HeaderName) -> Self {
        Self {
            header: name,
            prefix: "",
        }
    }

    /// Writes `Authorization: Bearer SECRET`.
    pub const fn bearer() -> Self {
        Self {
            header: AUTHORIZATION,
            prefix: "Bearer ",
        }
    }

    /// Writes a secret into a request.
    fn sign<B>(&self, request: &mut Request<B>, secret: &Bytes) -> Result<(), Error> {
        let text = if self.prefix.is_empty() {
            secret.clone()
        } else {
            [self.prefix.as_bytes(), secret].concat().into()
        };
        let mut value =
            HeaderValue::from_maybe_shared(text).map_err(|_error| unsendable(Kind::Credentials))?;
        value.set_sensitive(true);
        request.headers_mut().insert(self.header.clone(), value);
        Ok(())
    }
}

impl Default for AuthScheme {
    /// `x-api-key`.
    fn default() -> Self {
        Self::header(HeaderName::from_static("x-api-key"))
    }
}

/// Returns `true` if a header can carry a secret. It may carry bytes beyond ASCII, but no two servers read them alike.
pub(super) fn can_be_sent(secret: &[u8]) -> bool {
    !secret.trim_ascii().is_empty()
        && secret
            .iter()
            .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// The error of a secret that a header cannot carry: a setting, or one that a source returned.
pub(super) fn unsendable(kind: Kind) -> Error {
    let message = "the credential is blank, or has characters that a header cannot carry, such as a line break";
    Error::refused(kind, message)
}
