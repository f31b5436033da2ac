//! The layer that puts credentials on requests.

use std::sync::Arc;

use http::{Request, Response, StatusCode, Uri};

use super::{AuthScheme, Credentials};
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
