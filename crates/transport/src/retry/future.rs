//! The future of a retried call: an attempt, a wait, and so on until a result stands.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::Withdrawal;
use super::kept::Kept;
use super::replayer::{Replayer, Wait};
use crate::call::{Call, Carried};
use crate::error::{BoxError, Error};

pin_project! {
    /// The future of [`Retry`](super::Retry).
    pub struct RetryFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S::Future>,
        // Boxed: it is a third of a call's future, which is moved a few times, and few calls come to need it.
        next: Option<Box<Next<S, B>>>,
        replayer: Replayer,
        call: Call,
        owner: bool,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Attempting { #[pin] future: F },
        Waiting { #[pin] wait: Wait },
        /// The wait is over; the service is not ready yet. Until it is, nothing is sent and nothing is spent.
        Due { payment: Option<Withdrawal> },
        Done,
    }
}

/// What another attempt takes.
pub(super) struct Next<S, B> {
    pub(super) service: S,
    pub(super) kept: Kept<B>,
}

impl<S, B> RetryFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) const fn new(
        future: S::Future,
        next: Option<Box<Next<S, B>>>,
        replayer: Replayer,
        call: Call,
        owner: bool,
    ) -> Self {
        Self {
            state: State::Attempting { future },
            next,
            replayer,
            call,
            owner,
        }
    }
}

impl<S, B, C> Future for RetryFuture<S, B>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Error: Into<BoxError>,
    B: Clone + 'static,
{
    type Output = Result<Response<C>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut result = loop {
            match this.state.as_mut().project() {
                StateProj::Attempting { future } => {
                    let result = ready!(future.poll(cx));
                    let result = result.map_err(|error| Error::from_boxed(error.into()));
                    match this.replayer.judge(&result, this.call) {
                        Some(wait) => this.state.set(State::Waiting { wait }),
                        None => break result,
                    }
                }
                StateProj::Waiting { wait } => {
                    let payment = ready!(wait.poll(cx));
                    this.state.set(State::Due { payment });
                }
                StateProj::Due { payment } => {
                    // There whenever a policy allows a second attempt.
                    let Some(next) = this.next else {
                        return Poll::Pending;
                    };
                    if let Err(error) = ready!(next.service.poll_ready(cx)) {
                        break Err(Error::from_boxed(error.into()));
                    }
                    this.call.pass_on();
                    if let Some(payment) = payment.take() {
                        this.call.pay(payment);
                    }
                    let mut request = next.kept.request();
                    Carried::set_number(&mut request, this.replayer.number());
                    let future = next.service.call(request);
                    this.state.set(State::Attempting { future });
                }
                // Only a future polled after its end comes here.
                StateProj::Done => return Poll::Pending,
            }
        };
        this.state.set(State::Done);
        if *this.owner {
            this.call.close(&mut result);
        }
        Poll::Ready(result)
    }
}

impl<S, B> fmt::Debug for RetryFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").finish_non_exhaustive()
    }
}
