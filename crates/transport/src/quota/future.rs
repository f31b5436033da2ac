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
use crate::call::{Call, Turn};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::retry::retry_after;

pin_project! {
    /// The future of [`QuotaService`](super::QuotaService).
    pub struct QuotaFuture<S, R>
    where
        S: Service<R>,
    {
        #[pin]
        turn: Turn<S, R, S::Future>,
        #[pin]
        sleep: Option<Sleep>,
        place: Option<Result<Ticket, Error>>,
        quota: Quota,
        deadline: Option<Instant>,
        call: Call,
        owner: bool,
    }
}

impl<S, R> QuotaFuture<S, R>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
{
    pub(super) fn new(
        inner: S,
        request: R,
        quota: Quota,
        deadline: Option<Instant>,
        call: Call,
        owner: bool,
    ) -> Self {
        call.hold();
        let now = Instant::now();
        let (place, sleep) = match quota.reserve(deadline) {
            Ok(ticket) => {
                let sleep = (ticket.at() > now).then(|| tokio::time::sleep_until(ticket.at()));
                (Ok(ticket), sleep)
            }
            Err(refused) => (Err(too_late(refused.fits_at, now)), None),
        };
        Self {
            turn: Turn::new(inner, request),
            sleep,
            place: Some(place),
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
        let result = loop {
            match this.place.take() {
                None => break ready!(this.turn.poll_turn(this.call, cx)),
                Some(Err(error)) => break Err(error),
                Some(Ok(ticket)) => {
                    if let Some(sleep) = this.sleep.as_mut().as_pin_mut()
                        && sleep.poll(cx).is_pending()
                    {
                        *this.place = Some(Ok(ticket));
                        return Poll::Pending;
                    }
                    // A 429 may have come in meanwhile, to somebody else.
                    let Some(held) = this.quota.still_held() else {
                        ticket.use_up();
                        continue;
                    };
                    if this.deadline.is_some_and(|deadline| held > deadline) {
                        break Err(too_late(held, Instant::now()));
                    }
                    this.sleep.set(Some(tokio::time::sleep_until(held)));
                    *this.place = Some(Ok(ticket));
                }
            }
        };
        if let Ok(response) = &result
            && response.status() == StatusCode::TOO_MANY_REQUESTS
            && let Some(wait) = retry_after(response.headers(), SystemTime::now())
        {
            this.quota.hold(wait);
        }
        let result = result.inspect_err(|error| {
            if error.kind() == Kind::Quota {
                this.call.stop(None, error.retry_after());
            }
        });
        Poll::Ready(if *this.owner {
            this.call.close(result)
        } else {
            result
        })
    }
}

fn too_late(fits_at: Instant, now: Instant) -> Error {
    let wait = fits_at.saturating_duration_since(now);
    Error::new(Kind::Quota, Phase::NotSent)
        .with_message(format!("the quota has no room for another {wait:?}"))
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
