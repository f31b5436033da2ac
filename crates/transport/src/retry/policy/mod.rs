//! How often, how soon and until when.

use std::time::Duration;

use crate::call::{AttemptNumber, Deadline, Stop};
use crate::classify::{Reason, Verdict};

/// How often a call is tried, and how long it waits in between.
///
/// Also a request extension: the policy of a request replaces that of the layer. The layer's
/// [budget](super::Budget) pays in both cases.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a policy does nothing until a layer or a request has it"]
pub struct RetryPolicy {
    max_attempts: u32,
    backoff: Backoff,
    hint_cap: Duration,
}

impl RetryPolicy {
    /// Makes a policy that never tries twice.
    pub const fn none() -> Self {
        Self {
            max_attempts: 1,
            backoff: Backoff::new(Duration::ZERO, Duration::ZERO),
            hint_cap: Duration::ZERO,
        }
    }

    /// Sets how many attempts a call has, the first included; 0 means 1. Free replays do not count.
    pub const fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// Sets the waits between attempts.
    pub const fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the longest wait that a server may ask for; a longer one ends the call at once.
    pub const fn with_hint_cap(mut self, cap: Duration) -> Self {
        self.hint_cap = cap;
        self
    }

    /// Checks a verdict against everything that forbids one more attempt, except the budget.
    ///
    /// # Errors
    ///
    /// The result stands. Returns the reason if the result was worth a retry.
    pub(super) fn decide(
        &self,
        verdict: Verdict,
        hint: Option<Duration>,
        number: AttemptNumber,
        deadline: Option<Deadline>,
    ) -> Result<Planned, Option<Stop>> {
        let (reason, is_free) = match verdict {
            Verdict::Accept | Verdict::Refresh | Verdict::Fail => return Err(None),
            Verdict::NotReplayable => return Err(Some(Stop::NotReplayable)),
            // A byte may have been sent: once is enough.
            Verdict::RetryNow(reason @ Reason::StaleConnection) => (reason, number.free() == 0),
            Verdict::RetryNow(reason) => (reason, number.free() < FREE_REPLAYS),
            Verdict::Retry(reason) => (reason, false),
        };
        if self.max_attempts == 1 || (!is_free && number.counted() >= self.max_attempts) {
            return Err(Some(Stop::AttemptsUsed));
        }
        let after = if is_free {
            Duration::ZERO
        } else if hint.is_some_and(|hint| hint > self.hint_cap) {
            return Err(Some(Stop::HintTooLong));
        } else {
            self.backoff.delay(number.counted(), hint, fastrand::f64())
        };
        if deadline.is_some_and(|deadline| deadline.remaining() < after.saturating_add(USEFUL)) {
            return Err(Some(Stop::DeadlineNear));
        }
        Ok(Planned {
            reason,
            after,
            is_free,
        })
    }
}

impl Default for RetryPolicy {
    /// Three attempts, the default [`Backoff`], hints of up to a minute.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: Backoff::default(),
            hint_cap: Duration::from_secs(60),
        }
    }
}

/// The next attempt.
pub(super) struct Planned {
    pub(super) reason: Reason,
    pub(super) after: Duration,
    pub(super) is_free: bool,
}

/// An exponential wait with jitter.
///
/// The n-th wait is drawn evenly between half of its full length and its full length, `base`·2ⁿ⁻¹ up to `max`. The draw is
/// new for every wait of every call, at the cap as well: callers that failed together do not come back together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    base: Duration,
    max: Duration,
}

impl Backoff {
    /// Starts at `base` and doubles up to `max`; a `max` below `base` caps the first wait too.
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }

    /// Returns the longest that the wait after the n-th counted attempt can be.
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1));
        let factor = factor.unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }

    /// Returns the wait after the n-th counted attempt for a draw from 0 up to 1.
    fn delay(&self, attempt: u32, hint: Option<Duration>, draw: f64) -> Duration {
        let half = self.ceiling(attempt) / 2;
        let jitter = half.mul_f64(draw.clamp(0.0, 1.0));
        let own = half.saturating_add(jitter);
        match hint {
            // The hint is a floor, and only lengthened: all clients were given the same one.
            Some(hint) => own.max(hint.saturating_add(jitter)),
            None => own,
        }
    }
}

impl Default for Backoff {
    /// Half a second, doubling up to eight.
    fn default() -> Self {
        Self::new(Duration::from_millis(500), Duration::from_secs(8))
    }
}

/// How many replays of one call are free. A server that gives back request after request is overloaded:
/// from then on the ordinary backoff applies.
const FREE_REPLAYS: u32 = 3;

/// The least time in which an attempt can do anything at all; one with less left would only be cut off.
const USEFUL: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests;
