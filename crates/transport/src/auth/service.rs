//! The service with credentials.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use tower_service::Service;

use super::{AuthFuture, AuthLayer};
use crate::call::{Beneath, Carried};
use crate::error::{BoxError, Error, Kind, Phase};

/// A service whose requests carry credentials.
///
/// Made by [`AuthLayer`]. It is always ready; a request that has to wait for credentials awaits the inner service's
/// readiness once they are there. Cancel safety: dropping the future ends the call, and a renewal it was making goes to
/// whoever waits next.
#[derive(Clone, Debug)]
pub struct Auth<S> {
    inner: Beneath<S>,
    /// `None` lets requests pass as they are.
    settings: Option<Arc<AuthLayer>>,
}

impl<S> Auth<S> {
    pub(super) fn new(inner: S, settings: AuthLayer) -> Self {
        Self {
            inner: Beneath::new(inner),
            settings: Some(Arc::new(settings)),
        }
    }

    /// Wraps a service whose requests carry no credentials.
    pub(crate) const fn none(inner: S) -> Self {
        Self {
            inner: Beneath::new(inner),
            settings: None,
        }
    }
}

impl AuthLayer {
    pub(super) fn refuse(&self, uri: &Uri) -> Option<Error> {
        let origin = &self.origin;
        let message = if !origin.is_origin_of(uri) {
            format!("credentials are sent to {origin} only")
        } else if !origin.is_secure() && !origin.is_loopback() && !self.plain_http {
            format!("credentials are not sent over plain http to {origin}")
        } else {
            return None;
        };
        Some(Error::new(Kind::Origin, Phase::NotSent).with_message(message))
    }
}

impl<S, B, C> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone + 'static,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = AuthFuture<S, B, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.ask(cx);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (call, owner) = Carried::join(&mut request);
        call.hold();
        match &self.settings {
            Some(settings) => AuthFuture::new(&mut self.inner, request, settings, call, owner),
            None => AuthFuture::passing(&mut self.inner, request, call, owner),
        }
    }
}
