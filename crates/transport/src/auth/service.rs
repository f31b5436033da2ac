//! The service with credentials.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode, Uri};
use tower_service::Service;

use super::AuthLayer;
use crate::call::CallContext;
use crate::error::{BoxError, Error, Kind, Phase};
use crate::service::ResponseFuture;

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

impl<S> Auth<S> {
    pub(super) fn new(inner: S, settings: AuthLayer) -> Self {
        Self {
            inner,
            settings: Arc::new(settings),
        }
    }
}

impl<S, B, C> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
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
            call.finish(result)
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
        S: Service<Request<B>, Response = Response<C>>,
        S::Error: Into<BoxError>,
        B: Clone,
    {
        self.check(request.uri())?;
        let token = self.credentials.token().await?;
        self.scheme.sign(&mut request, &token)?;
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
            Ok(renewed) if renewed.differs(&token) => renewed,
            // There are no better credentials: the server's answer stands.
            Ok(_) | Err(_) => return Ok(response),
        };
        drop(response);
        self.scheme.sign(&mut request, &renewed)?;
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
        Err(Error::new(Kind::Origin, Phase::NotSent).with_message(message))
    }
}
