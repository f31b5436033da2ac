//! Keeps all requests of a client within the limits that its server publishes.
//!
//! Every request counts, retries included. A request waits for its place; if that lies after its deadline, it fails at
//! once with [`Kind::Quota`] and the time to wait. A 429 that asks for a wait holds back every request of
//! the quota until then, those already waiting for a place included.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::quota::Quota;
//!
//! let quota = Quota::unlimited()
//!     .with_rate(10, Duration::from_secs(1))
//!     .with_period(1_000, Duration::from_secs(30 * 86_400));
//! let layers = tower::ServiceBuilder::new().layer(quota.clone());
//! assert_eq!(quota.left(), Some(1_000));
//!
//! // To be stored, for the process that goes on with the period.
//! let state = quota.state();
//! ```

mod ledger;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use self::ledger::{Ledger, Period, Rate};
use crate::call::{CallContext, Deadline, UrlTemplate};
use crate::error::{Error, Kind};
use crate::retry::retry_after;
use crate::service::{Inner, Middleware, Next, Sent, layer};
use crate::telemetry::{self, QuotaWait};

/// The limits of one key, shared by every client that holds a clone.
///
/// It is a layer; see the [module](crate::quota) for an example. The default has no limits. Cancel safety: a place that was
/// not used is given back.
#[derive(Clone, Default)]
pub struct Quota {
    ledger: Arc<Mutex<Ledger>>,
}

impl Quota {
    /// Makes a quota without limits; it counts, and honours what a 429 asks for.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Makes the quota that the service publishes: 10 requests a second and 1,000 in 30 days.
    pub fn published() -> Self {
        Self::unlimited()
            .with_rate(10, Duration::from_secs(1))
            .with_period(1_000, Duration::from_secs(30 * 86_400))
    }

    /// Allows at most `limit` requests in any window of `per`; 0 counts as 1.
    #[must_use]
    pub fn with_rate(self, limit: u32, per: Duration) -> Self {
        self.ledger().rate = Some(Rate {
            limit: usize::try_from(limit.max(1)).unwrap_or(usize::MAX),
            per,
            taken: VecDeque::new(),
        });
        self
    }

    /// Allows at most `limit` requests in each period of `length`; the first request begins one, 0 counts as 1.
    #[must_use]
    pub fn with_period(self, limit: u64, length: Duration) -> Self {
        self.ledger().period = Some(Period {
            limit: limit.max(1),
            length,
            begun: VecDeque::new(),
        });
        self
    }

    /// Sets the longest hold that a 429 can impose; 5 minutes by default.
    #[must_use]
    pub fn with_hold_cap(self, cap: Duration) -> Self {
        self.ledger().hold_cap = cap;
        self
    }

    /// Sets the longest that a request waits when it has no deadline; a minute by default.
    #[must_use]
    pub fn with_max_wait(self, wait: Duration) -> Self {
        self.ledger().max_wait = wait;
        self
    }

    /// Goes on with the period that another process began.
    #[must_use]
    pub fn with_state(self, state: QuotaState) -> Self {
        let now = Instant::now();
        if let Some(period) = &mut self.ledger().period
            && state.began > 0
        {
            let age = unix_time().saturating_sub(Duration::from_secs(state.began));
            period.restore(now, age, state.used);
        }
        self
    }

    /// Returns what a later process needs to go on with the period.
    pub fn state(&self) -> QuotaState {
        let now = Instant::now();
        let period = &mut self.ledger().period;
        let running = period.as_mut().and_then(|period| period.running(now));
        let state = running.map(|begun| {
            let (used, age) = (begun.used, now.saturating_duration_since(begun.at));
            let began = unix_time().saturating_sub(age).as_secs();
            QuotaState { used, began }
        });
        state.unwrap_or_default()
    }

    /// Returns how many requests were let through, over all periods of this process.
    pub fn used(&self) -> u64 {
        self.ledger().used
    }

    /// Returns how many requests are left in the period, or `None` when there is no limit.
    pub fn left(&self) -> Option<u64> {
        let mut ledger = self.ledger();
        let period = ledger.period.as_mut()?;
        let used = period.running(Instant::now()).map_or(0, |begun| begun.used);
        Some(period.limit.saturating_sub(used))
    }

    /// Returns until when every request is held back, if it is.
    pub fn held_until(&self) -> Option<std::time::Instant> {
        let held = self.ledger().held_until?;
        (held > Instant::now()).then(|| held.into_std())
    }

    /// Waits for a place.
    ///
    /// # Errors
    ///
    /// No place comes before the deadline. Returns how long it would take.
    async fn acquire(
        &self,
        call: &CallContext,
        method: &Method,
        template: Option<&str>,
        deadline: Option<Instant>,
    ) -> Result<Ticket, Duration> {
        loop {
            let now = Instant::now();
            let reserved = self.ledger().reserve(now, deadline);
            let at = reserved.map_err(|fits_at| fits_at.saturating_duration_since(now))?;
            let quota = Some(self.clone());
            let ticket = Ticket { quota, at };
            // tokio rounds a sleep up to the next millisecond, also one that is over.
            if at > now {
                let after = at.saturating_duration_since(now);
                let wait = QuotaWait {
                    method,
                    template,
                    after,
                };
                telemetry::quota_wait(call, &wait);
                sleep_until(at).await;
            }
            // A 429 may have come meanwhile. The requests it holds back queue anew: otherwise all of them would
            // leave at the instant the hold ends.
            if self.held_until().is_none() {
                return Ok(ticket);
            }
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

layer!(Quota);

impl<S: Inner<B>, B: Send> Middleware<S, B> for Quota {
    type Body = S::Body;

    async fn send(self: Arc<Self>, mut next: Next<S>, request: Request<B>) -> Sent<S::Body> {
        let deadline = Deadline::of(&request).map(|deadline| deadline.at);
        let (method, template) = (request.method(), UrlTemplate::of(&request));
        let acquired = self.acquire(&next.call, method, template, deadline).await;
        let ticket = acquired.map_err(|wait| {
            next.call.set_stop(None, Some(wait));
            let message = format!("the quota has no room for another {wait:.0?}");
            Error::refused(Kind::Quota, message)
        })?;
        next.ready::<B>().await?;
        ticket.use_up();
        let response = next.pass_on(request).await?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS
            && let Some(wait) = retry_after(response.headers(), SystemTime::now())
        {
            self.ledger().hold(Instant::now(), wait);
        }
        Ok(response)
    }
}

impl fmt::Debug for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quota")
            .field("used", &self.used())
            .field("left", &self.left())
            .field("held_until", &self.held_until())
            .finish_non_exhaustive()
    }
}

/// The used part of a period, to be kept over a restart.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuotaState {
    /// How many requests the period has seen.
    pub used: u64,
    /// When the period began, in seconds since 1970; 0 when it has not begun.
    pub began: u64,
}

fn unix_time() -> Duration {
    UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// A place in the quota. Dropped before it is used, it is given back.
struct Ticket {
    quota: Option<Quota>,
    at: Instant,
}

impl Ticket {
    fn use_up(mut self) {
        self.quota = None;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(quota) = self.quota.take() {
            quota.ledger().release(self.at);
        }
    }
}

#[cfg(test)]
mod tests;
