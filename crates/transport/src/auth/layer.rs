//! The layer, and the service whose requests carry credentials.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode, Uri};
use tower_layer::Layer;
use tower_service::Service;

use super::{AuthScheme, Credentials};
use crate::Origin;
use crate::call::CallContext;
use crate::error::{BoxError, Error, Kind};
use crate::service::ResponseFuture;

/// Wraps a service in [`Auth`].
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

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        let settings = Arc::new(self.clone());
        Auth { inner, settings }
    }
}

/// A service whose requests carry credentials.
///
/// Made by [`AuthLayer`]. It is always ready; a request asks for the inner service's readiness when it has its
/// credentials. Cancel safety: dropping the future ends the call; a renewal of the credentials goes on as long as another
/// call waits for it.
#[derive(Clone, Debug)]
pub struct Auth<S> {
    inner: S,
    settings: Arc<AuthLayer>,
}

impl<S, B, C> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>, Response = Response<C>, Error: Into<BoxError>> + Clone + Send + 'static,
    S::Future: Send,
    B: Clone + Send + 'static,
    C: Send + 'static,
{
    type Response = Response<C>;
    type Error = BoxError;
    type Future = ResponseFuture<C>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let call = CallContext::join(&mut request);
        let settings = Arc::clone(&self.settings);
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let result = settings.send(&call, &mut inner, request).await;
            Ok(call.finish(result)?)
        })
    }
}

impl AuthLayer {
    /// Sends a request with credentials, and once more with renewed ones if the server does not accept them.
    async fn send<S, B, C>(
        &self,
        call: &CallContext,
        inner: &mut S,
        mut request: Request<B>,
    ) -> Result<Response<C>, Error>
    where
        S: Service<Request<B>, Response = Response<C>, Error: Into<BoxError>>,
        B: Clone,
    {
        self.check(request.uri())?;
        let token = self.credentials.token().await?;
        self.scheme.sign(&mut request, &token.secret)?;
        // A fixed key is never sent a second time, so the request needs no copy.
        if !self.credentials.is_refreshing() {
            return call.pass_on(inner, request).await;
        }
        let response = call.pass_on(inner, request.clone()).await?;
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
        let response = call.pass_on(inner, request).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.credentials.reject(&renewed);
        }
        Ok(response)
    }

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
