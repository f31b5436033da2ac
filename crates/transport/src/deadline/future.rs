//! The future of a call with a deadline.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;
use tokio::time::Sleep;
use tower_service::Service;

use crate::call::{Call, Deadline, Turn};
use crate::error::{BoxError, Error, Kind, Scope};

pin_project! {
    /// The future of [`DeadlineService`](super::DeadlineService).
    pub struct DeadlineFuture<S, R>
    where
        S: Service<R>,
    {
        #[pin]
        turn: Option<Turn<S, R, S::Future>>,
        // Boxed: where attempts are trusted with the clock, few calls come to need it.
        sleep: Option<Pin<Box<Sleep>>>,
        deadline: Deadline,
        trusts_attempts: bool,
        call: Call,
        owner: bool,
    }
}

impl<S, R> DeadlineFuture<S, R>
where
    S: Service<R>,
{
    pub(super) const fn new(
        turn: Turn<S, R, S::Future>,
        deadline: Deadline,
        trusts_attempts: bool,
        call: Call,
        owner: bool,
    ) -> Self {
        Self {
            turn: Some(turn),
            sleep: None,
            deadline,
            trusts_attempts,
            call,
            owner,
        }
    }
}

impl<S, R, C> Future for DeadlineFuture<S, R>
where
    S: Service<R, Response = Response<C>>,
    S::Error: Into<BoxError>,
{
    type Output = Result<Response<C>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(turn) = this.turn.as_mut().as_pin_mut() else {
            // Only a future polled after its end comes here.
            return Poll::Pending;
        };
        // The call first: a result that is there on the tick is a result.
        let mut result = match turn.poll_turn(this.call, cx) {
            Poll::Ready(result) => {
                this.turn.set(None);
                result
            }
            Poll::Pending => {
                // An attempt under way has a clock that is never set beyond the deadline; one is enough.
                if *this.trusts_attempts && this.call.is_in_flight() {
                    return Poll::Pending;
                }
                let at = this.deadline.tokio_instant();
                let sleep = this
                    .sleep
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
                ready!(sleep.as_mut().poll(cx));
                // Dropped first: only of what is gone can be said how far it had got.
                this.turn.set(None);
                Err(Error::new(Kind::Timeout(Scope::Call), this.call.phase()))
            }
        };
        if *this.owner {
            this.call.close(&mut result);
        }
        Poll::Ready(result)
    }
}

impl<S, R> fmt::Debug for DeadlineFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadlineFuture").finish_non_exhaustive()
    }
}
