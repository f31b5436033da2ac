//! The arithmetic of a quota: no clock and no waiting, only instants that are given.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::call::after;

/// The limits and what has been used of them.
pub(super) struct Ledger {
    pub(super) rate: Option<Rate>,
    pub(super) period: Option<Period>,
    /// The longest hold that a 429 can impose.
    pub(super) hold_cap: Duration,
    /// The longest wait of a request without a deadline.
    pub(super) max_wait: Duration,
    pub(super) held_until: Option<Instant>,
    pub(super) used: u64,
}

/// At most `limit` requests in any window of `per`.
pub(super) struct Rate {
    pub(super) limit: usize,
    pub(super) per: Duration,
    /// The places that can still stand in the way of another, oldest first; the last ones may lie ahead.
    pub(super) taken: VecDeque<Instant>,
}

/// At most `limit` requests in each period; the first request begins one.
pub(super) struct Period {
    pub(super) limit: u64,
    pub(super) length: Duration,
    /// The running period and those that requests wait for, in order.
    pub(super) begun: VecDeque<Begun>,
}

/// A period that a request has begun, or will.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) at: Instant,
    pub(super) used: u64,
}

impl Rate {
    /// Returns the earliest place from `now` on. It is never before the last one given: requests leave in their order.
    fn earliest(&mut self, now: Instant) -> Instant {
        let per = self.per;
        while self.taken.front().is_some_and(|at| after(*at, per) <= now) {
            self.taken.pop_front();
        }
        let last = self.taken.back().map_or(now, |last| now.max(*last));
        let before = self.taken.len().checked_sub(self.limit);
        let before = before.and_then(|place| self.taken.get(place));
        before.map_or(last, |before| last.max(after(*before, per)))
    }
}

impl Ledger {
    /// Takes the earliest place from `now` on, and returns when the request may go.
    ///
    /// # Errors
    ///
    /// The place lies beyond the deadline. Returns when the request could go, and takes no place.
    pub(super) fn reserve(
        &mut self,
        now: Instant,
        deadline: Option<Instant>,
    ) -> Result<Instant, Instant> {
        let latest = deadline.unwrap_or_else(|| after(now, self.max_wait));
        let mut at = self.held_until.map_or(now, |held| now.max(held));
        if let Some(rate) = &mut self.rate {
            at = at.max(rate.earliest(now));
        }
        if let Some(period) = &mut self.period {
            at = period.earliest(now, at);
        }
        if at > latest {
            return Err(at);
        }
        if let Some(rate) = &mut self.rate {
            rate.taken.push_back(at);
        }
        if let Some(period) = &mut self.period {
            period.take(at);
        }
        self.used = self.used.saturating_add(1);
        Ok(at)
    }

    /// Gives a place back that was not used.
    pub(super) fn release(&mut self, at: Instant) {
        self.used = self.used.saturating_sub(1);
        if let Some(rate) = &mut self.rate
            && let Some(place) = rate.taken.iter().rposition(|taken| *taken == at)
        {
            rate.taken.remove(place);
        }
        if let Some(period) = &mut self.period {
            period.give_back(at);
        }
    }

    /// Holds every request back for as long as a 429 asks; an earlier end never shortens a hold.
    pub(super) fn hold(&mut self, now: Instant, wait: Duration) {
        let until = after(now, wait.min(self.hold_cap));
        self.held_until = Some(self.held_until.map_or(until, |held| held.max(until)));
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            rate: None,
            period: None,
            hold_cap: Duration::from_secs(300),
            max_wait: Duration::from_secs(60),
            held_until: None,
            used: 0,
        }
    }
}

impl Period {
    /// Goes on with a period that began `age` before `now`, unless it is over.
    pub(super) fn restore(&mut self, now: Instant, age: Duration, used: u64) {
        if age < self.length {
            let at = now.checked_sub(age).unwrap_or(now);
            self.begun = VecDeque::from([Begun { at, used }]);
        }
    }

    /// Returns the period that is running.
    pub(super) fn running(&mut self, now: Instant) -> Option<Begun> {
        self.forget_before(now);
        self.begun.front().copied().filter(|begun| begun.at <= now)
    }

    /// Returns the earliest instant from `at` on with room in its period.
    fn earliest(&mut self, now: Instant, mut at: Instant) -> Instant {
        self.forget_before(now);
        for begun in &self.begun {
            let end = after(begun.at, self.length);
            if at < end {
                at = at.max(begun.at);
                if begun.used < self.limit {
                    return at;
                }
                at = end;
            }
        }
        at
    }

    /// Counts a request at an instant that [`earliest`](Self::earliest) returned.
    fn take(&mut self, at: Instant) {
        match self.of(at) {
            Some(begun) => begun.used = begun.used.saturating_add(1),
            None => self.begun.push_back(Begun { at, used: 1 }),
        }
    }

    fn give_back(&mut self, at: Instant) {
        if let Some(begun) = self.of(at) {
            begun.used = begun.used.saturating_sub(1);
        }
        // Without a request no period has begun.
        self.begun.retain(|begun| begun.used > 0);
    }

    /// Returns the period that an instant lies in.
    fn of(&mut self, at: Instant) -> Option<&mut Begun> {
        let length = self.length;
        let mut begun = self.begun.iter_mut();
        begun.find(|begun| begun.at <= at && at < after(begun.at, length))
    }

    fn forget_before(&mut self, now: Instant) {
        let length = self.length;
        self.begun.retain(|begun| now < after(begun.at, length));
    }
}
