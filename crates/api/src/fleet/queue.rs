//! When each job is to be looked at next.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// The slot of a job in its fleet, and its place in line, by which it is told from whoever has the slot later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) slot: usize,
    pub(super) place: Place,
}

/// A place in line; never given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// Jobs by the time of their next look, the earliest first, and of those the one that waits longest.
///
/// In a tree those that are due next stand side by side. A heap moves a whole path for each one that is taken, and
/// the path of a long line is in no cache.
#[derive(Debug, Default)]
pub(super) struct Queue {
    line: BTreeMap<(Instant, Place), usize>,
    next: Place,
}

impl Queue {
    /// Puts the job in a slot in line for a look at `due`.
    pub(super) fn push(&mut self, due: Instant, slot: usize) -> Place {
        let place = self.next;
        self.next = Place(place.0.saturating_add(1));
        self.line.insert((due, place), slot);
        place
    }

    /// Returns when the first job in line is due.
    pub(super) fn first(&self) -> Option<Instant> {
        let ((due, _), _) = self.line.first_key_value()?;
        Some(*due)
    }

    /// Takes the first job in line if it is due by `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Ticket> {
        if self.first()? > now {
            return None;
        }
        let ((_, place), slot) = self.line.pop_first()?;
        Some(Ticket { slot, place })
    }
}
