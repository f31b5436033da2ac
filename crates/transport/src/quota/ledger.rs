//! The arithmetic of a quota: no clock and no waiting, only instants that are given.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The limits and what has been used of them.
#[derive(Debug)]
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
#[derive(Debug)]
pub(super) struct Rate {
    limit: usize,
    per: Duration,
    /// The places that can still stand in the way of another, oldest first; the last ones may lie ahead.
    taken: VecDeque<Instant>,
}

/// At most `limit` requests in each period; the first request begins one.
#[derive(Debug)]
pub(super) struct Period {
    pub(super) limit: u64,
    pub(super) length: Duration,
    pub(super) began: Option<Instant>,
    pub(super) used: u64,
}

/// A request's place: when it may go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slot {
    pub(super) at: Instant,
}

/// The request does not fit in time; at this instant it would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Refused {
    pub(super) fits_at: Instant,
}

impl Rate {
    pub(super) const fn new(limit: usize, per: Duration) -> Self {
        Self {
            limit,
            per,
            taken: VecDeque::new(),
        }
    }

    /// Returns the earliest place from `now` on. Nobody overtakes: it is never before the last one given.
    fn earliest(&mut self, now: Instant) -> Instant {
        let per = self.per;
        while self.taken.front().is_some_and(|at| after(*at, per) <= now) {
            self.taken.pop_front();
        }
        let last = self.taken.back().map_or(now, |last| now.max(*last));
        let before = self
            .taken
            .len()
            .checked_sub(self.limit)
            .and_then(|place| self.taken.get(place));
        before.map_or(last, |before| last.max(after(*before, per)))
    }
}

impl Ledger {
    /// Takes the earliest place from `now` on, unless that lies beyond the deadline.
    pub(super) fn reserve(
        &mut self,
        now: Instant,
        deadline: Option<Instant>,
    ) -> Result<Slot, Refused> {
        let latest = deadline.unwrap_or_else(|| after(now, self.max_wait));
        let mut at = self.held_until.map_or(now, |held| now.max(held));
        if let Some(rate) = &mut self.rate {
            at = at.max(rate.earliest(now));
        }
        if let Some(period) = &mut self.period {
            period.roll(now);
            if period.used >= period.limit {
                at = at.max(period.end().unwrap_or(now));
            }
        }
        if at > latest {
            return Err(Refused { fits_at: at });
        }
        if let Some(rate) = &mut self.rate {
            rate.taken.push_back(at);
        }
        if let Some(period) = &mut self.period {
            period.roll(at);
            period.began.get_or_insert(at);
            period.used = period.used.saturating_add(1);
        }
        self.used = self.used.saturating_add(1);
        Ok(Slot { at })
    }

    /// Returns whether every request may go at once.
    pub(super) const fn is_free(&self) -> bool {
        self.rate.is_none() && self.period.is_none() && self.held_until.is_none()
    }

    /// Lets a request through, where every one may go at once.
    pub(super) fn pass(&mut self) {
        self.used = self.used.saturating_add(1);
    }

    /// Gives a place back that was not used; one without a slot was let through without looking at the limits.
    pub(super) fn release(&mut self, slot: Option<Slot>) {
        self.used = self.used.saturating_sub(1);
        let Some(slot) = slot else {
            return;
        };
        if let Some(rate) = &mut self.rate
            && let Some(place) = rate.taken.iter().rposition(|taken| *taken == slot.at)
        {
            rate.taken.remove(place);
        }
        if let Some(period) = &mut self.period {
            period.used = period.used.saturating_sub(1);
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
    /// Begins anew when the period is over at `now`.
    pub(super) fn roll(&mut self, now: Instant) {
        if self.end().is_some_and(|end| now >= end) {
            self.began = None;
            self.used = 0;
        }
    }

    pub(super) fn end(&self) -> Option<Instant> {
        self.began.map(|began| after(began, self.length))
    }
}

/// An instant `by` later; a sum that the clock cannot express is the far future all the same.
pub(super) fn after(instant: Instant, by: Duration) -> Instant {
    instant
        .checked_add(by)
        .unwrap_or_else(|| instant + FAR_FUTURE)
}

/// Longer than any limit in use, and expressible.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 86_400);
