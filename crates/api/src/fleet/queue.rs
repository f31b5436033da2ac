//! When each job is to be polled next.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// The slot of a job in its fleet, and its place in the queue, which distinguishes it from a later job in the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) slot: usize,
    pub(super) place: Place,
}

/// A place in the queue; never given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// Jobs by the time of their next poll: the earliest first, and of those the one that has waited longest.
#[derive(Debug, Default)]
pub(super) struct Queue {
    line: BTreeMap<(Instant, Place), usize>,
    next: Place,
}

impl Queue {
    /// Queues the job in a slot for a poll at `due`.
    pub(super) fn push(&mut self, due: Instant, slot: usize) -> Place {
        let place = self.next;
        self.next = Place(place.0.saturating_add(1));
        self.line.insert((due, place), slot);
        place
    }

    /// Returns when the first job is due.
    pub(super) fn first(&self) -> Option<Instant> {
        let ((due, _), _) = self.line.first_key_value()?;
        Some(*due)
    }

    /// Takes the first job if it is due by `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Ticket> {
        if self.first()? > now {
            return None;
        }
        let ((_, place), slot) = self.line.pop_first()?;
        Some(Ticket { slot, place })
    }
}
