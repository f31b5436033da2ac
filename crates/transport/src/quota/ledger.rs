//! The arithmetic of a quota: no clock and no waiting, only instants that are given.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The limits and what has been used of them.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) rate: Option<Rate>,
    pub(super) period: Option<Period>,
    pub(super) held_until: Option<Instant>,
    pub(super) used: u64,
}

/// At most `limit` requests in any window of `per`.
#[derive(Debug)]
pub(super) struct Rate {
    limit: usize,
    per: Duration,
    /// The instants of the last requests, at most `limit`, oldest first; they may lie ahead.
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

    fn earliest(&self, now: Instant) -> Instant {
        if self.taken.len() < self.limit {
            return now;
        }
        self.taken
            .front()
            .map_or(now, |oldest| now.max(after(*oldest, self.per)))
    }

    fn take(&mut self, at: Instant) {
        if self.taken.len() >= self.limit {
            self.taken.pop_front();
        }
        // A hold can end between two slots that were given before it: keep the order.
        let place = self.taken.partition_point(|other| *other <= at);
        self.taken.insert(place, at);
    }
}

impl Ledger {
    /// Takes the earliest place from `now` on, unless that lies beyond `latest`.
    pub(super) fn reserve(&mut self, now: Instant, latest: Instant) -> Result<Slot, Refused> {
        let mut at = self.held_until.map_or(now, |held| now.max(held));
        if let Some(rate) = &self.rate {
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
            rate.take(at);
        }
        if let Some(period) = &mut self.period {
            period.roll(at);
            period.began.get_or_insert(at);
            period.used = period.used.saturating_add(1);
        }
        self.used = self.used.saturating_add(1);
        Ok(Slot { at })
    }

    /// Gives a place back that was not used.
    pub(super) fn release(&mut self, slot: Slot) {
        if let Some(rate) = &mut self.rate
            && let Some(place) = rate.taken.iter().rposition(|taken| *taken == slot.at)
        {
            rate.taken.remove(place);
        }
        if let Some(period) = &mut self.period {
            period.used = period.used.saturating_sub(1);
        }
        self.used = self.used.saturating_sub(1);
    }

    /// Holds every request back until an instant; an earlier end never shortens a hold.
    pub(super) fn hold(&mut self, until: Instant) {
        self.held_until = Some(self.held_until.map_or(until, |held| held.max(until)));
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
