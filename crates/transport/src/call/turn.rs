//! Waits for a service's readiness, then calls it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

use super::Call;
use crate::error::{BoxError, Error};

pin_project! {
    /// One request's turn at a service.
    ///
    /// Layers that wait (for the clock, a quota, credentials) must not hold the inner service's readiness
    /// meanwhile: a permit would be stuck with a sleeper. They are always ready themselves and take this turn, on a
    /// clone, once they are done waiting.
    #[project = TurnProj]
    pub(crate) enum Turn<S, R, F> {
        // The request is taken out of its place, so that the service is called where it lies.
        Waiting { inner: S, request: Option<R> },
        Called { #[pin] future: F },
    }
}

impl<S, R> Turn<S, R, S::Future>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
{
    pub(crate) const fn new(inner: S, request: R) -> Self {
        Self::Waiting {
            inner,
            request: Some(request),
        }
    }

    /// Returns whether the request was passed on.
    pub(crate) const fn is_called(&self) -> bool {
        matches!(self, Self::Called { .. })
    }

    pub(crate) fn poll_turn(
        mut self: Pin<&mut Self>,
        call: &Call,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Response, Error>> {
        loop {
            match self.as_mut().project() {
                TurnProj::Called { future } => {
                    return future
                        .poll(cx)
                        .map_err(|error| Error::from_boxed(error.into()));
                }
                TurnProj::Waiting { inner, request } => {
                    if let Err(error) = ready!(inner.poll_ready(cx)) {
                        return Poll::Ready(Err(Error::from_boxed(error.into())));
                    }
                    let Some(request) = request.take() else {
                        // Only a service that panicked when it was called leaves this behind.
                        return Poll::Pending;
                    };
                    call.pass_on();
                    let future = inner.call(request);
                    self.set(Self::Called { future });
                }
            }
        }
    }
}
