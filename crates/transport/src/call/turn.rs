//! Waits for a service's readiness, then calls it.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

use super::Call;
use crate::error::{BoxError, Error};

/// The service beneath a layer that may have to wait: for the clock, a quota, credentials.
///
/// Such a layer must not hold the service's readiness meanwhile: a permit would be stuck with a sleeper. So it is always
/// ready itself, and a request that waits takes its [`Turn`] on a clone once it is done waiting. The service is asked on
/// the way all the same: a request that need not wait is then passed on at once, where a clone and its turn would cost
/// more than all the layer does.
#[derive(Debug)]
pub(crate) struct Beneath<S> {
    service: S,
    is_ready: bool,
}

impl<S> Beneath<S> {
    pub(crate) const fn new(service: S) -> Self {
        Self {
            service,
            is_ready: false,
        }
    }
}

impl<S: Clone> Beneath<S> {
    /// Asks the service whether it is ready.
    pub(crate) fn ask<R>(&mut self, cx: &mut Context<'_>)
    where
        S: Service<R>,
    {
        if self.is_ready {
            return;
        }
        match self.service.poll_ready(cx) {
            Poll::Ready(Ok(())) => self.is_ready = true,
            // It may have queued for a permit, or be broken: nobody would come back to it.
            Poll::Pending | Poll::Ready(Err(_)) => self.service = self.service.clone(),
        }
    }

    /// Passes a request on, at once if the service is known to be ready.
    #[inline]
    pub(crate) fn turn<R>(&mut self, request: R, call: &Call) -> Turn<S, R, S::Future>
    where
        S: Service<R>,
    {
        if mem::take(&mut self.is_ready) {
            call.pass_on();
            Turn::Called {
                future: self.service.call(request),
            }
        } else {
            Turn::new(self.service.clone(), request)
        }
    }

    /// Returns the service for a request that has to wait, and gives up its readiness.
    pub(crate) fn later(&mut self) -> S {
        if mem::take(&mut self.is_ready) {
            self.service = self.service.clone();
        }
        self.service.clone()
    }
}

impl<S: Clone> Clone for Beneath<S> {
    /// Clones the service, which was not asked yet.
    fn clone(&self) -> Self {
        Self::new(self.service.clone())
    }
}

pin_project! {
    /// One request's turn at a service.
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
    ) -> Poll<Result<S::Response, Error>>
    where
        S::Error: Into<BoxError>,
    {
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
