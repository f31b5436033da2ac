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
    #[project_replace = TurnReplace]
    pub(crate) enum Turn<S, R, F> {
        Waiting { inner: S, request: R },
        Called { #[pin] future: F },
        Gone,
    }
}

impl<S, R> Turn<S, R, S::Future>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
{
    pub(crate) const fn new(inner: S, request: R) -> Self {
        Self::Waiting { inner, request }
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
                TurnProj::Waiting { inner, .. } => {
                    if let Err(error) = ready!(inner.poll_ready(cx)) {
                        return Poll::Ready(Err(Error::from_boxed(error.into())));
                    }
                    if let TurnReplace::Waiting { mut inner, request } =
                        self.as_mut().project_replace(Self::Gone)
                    {
                        call.pass_on();
                        let future = inner.call(request);
                        self.set(Self::Called { future });
                    }
                }
                // Only a future polled after its end comes here.
                TurnProj::Gone => return Poll::Pending,
            }
        }
    }
}
