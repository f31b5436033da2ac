//! The future of a call within a quota: wait for a place, send, and heed a 429.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use http::{Response, StatusCode};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower_service::Service;

use super::Quota;
use super::handle::Ticket;
use crate::call::{Beneath, Call, Turn};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::retry::hint;

pin_project! {
    /// The future of [`QuotaService`](super::QuotaService).
    pub struct QuotaFuture<S, R>
    where
        S: Service<R>,
    {
        #[pin]
        turn: Turn<S, R, S::Future>,
        // Boxed: most places are free at once.
        sleep: Option<Pin<Box<Sleep>>>,
        place: Place,
        quota: Quota,
        deadline: Option<Instant>,
        call: Call,
        owner: bool,
    }
}

impl<S, R> QuotaFuture<S, R>
where
    S: Service<R> + Clone,
{
    pub(super) fn new(
        inner: &mut Beneath<S>,
        request: R,
        quota: Quota,
        deadline: Option<Instant>,
        call: Call,
        owner: bool,
    ) -> Self {
        let (turn, place) = match quota.reserve(deadline) {
            Ok(ticket) if ticket.waits_until().is_none() => {
                let turn = inner.turn(request, &call);
                let place = if turn.is_called() {
                    ticket.use_up();
                    Place::Used
                } else {
                    Place::Due(ticket)
                };
                (turn, place)
            }
            Ok(ticket) => (Turn::new(inner.later(), request), Place::Given(ticket)),
            // It asks again, and is refused, when it is polled.
            Err(_) => (Turn::new(inner.later(), request), Place::Wanted),
        };
        Self {
            turn,
            sleep: None,
            place,
            quota,
            deadline,
            call,
            owner,
        }
    }
}

impl<S, R, C> Future for QuotaFuture<S, R>
where
    S: Service<R, Response = Response<C>>,
    S::Error: Into<BoxError>,
{
    type Output = Result<Response<C>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut result = loop {
            match std::mem::replace(this.place, Place::Wanted) {
                Place::Wanted => match this.quota.reserve(*this.deadline) {
                    Ok(ticket) => *this.place = Place::Given(ticket),
                    Err(refused) => break Err(too_late(refused.fits_at)),
                },
                Place::Given(ticket) => {
                    if let Some(at) = ticket.waits_until() {
                        let sleep = this
                            .sleep
                            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
                        if sleep.as_mut().poll(cx).is_pending() {
                            *this.place = Place::Given(ticket);
                            return Poll::Pending;
                        }
                        *this.sleep = None;
                    }
                    // A 429 may have come meanwhile, to somebody else. Those it holds back queue up anew: were they
                    // only to sleep on, all of them would leave in the instant the hold ends.
                    if !this.quota.is_held() {
                        *this.place = Place::Due(ticket);
                    }
                }
                Place::Due(ticket) => {
                    let polled = this.turn.as_mut().poll_turn(this.call, cx);
                    if this.turn.is_called() {
                        ticket.use_up();
                        *this.place = Place::Used;
                    } else if polled.is_pending() {
                        *this.place = Place::Due(ticket);
                    }
                    break ready!(polled);
                }
                Place::Used => {
                    *this.place = Place::Used;
                    break ready!(this.turn.poll_turn(this.call, cx));
                }
            }
        };
        if let Ok(response) = &result
            && response.status() == StatusCode::TOO_MANY_REQUESTS
            && let Some(wait) = hint(response.headers(), SystemTime::now)
        {
            this.quota.hold(wait);
        }
        if let Err(error) = &result
            && error.kind() == Kind::Quota
        {
            this.call.stop(None, error.retry_after());
        }
        if *this.owner {
            this.call.close(&mut result);
        }
        Poll::Ready(result)
    }
}

/// A request's way into the quota.
#[derive(Debug)]
enum Place {
    /// It has none yet.
    Wanted,
    /// It has one that may lie ahead.
    Given(Ticket),
    /// Its place has come; the service is not ready yet.
    Due(Ticket),
    /// It was passed on.
    Used,
}

fn too_late(fits_at: Instant) -> Error {
    let wait = fits_at.saturating_duration_since(Instant::now());
    Error::new(Kind::Quota, Phase::NotSent)
        .with_message(format!("the quota has no room for another {wait:.0?}"))
        .with_retry_after(wait)
}

impl<S, R> fmt::Debug for QuotaFuture<S, R>
where
    S: Service<R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotaFuture").finish_non_exhaustive()
    }
}
