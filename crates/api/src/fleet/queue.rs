//! The times of the next polls.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// The slot of a job and its place in the queue, which distinguishes it from a later job in the same slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) slot: usize,
    pub(super) place: Place,
}

/// A place in the queue; never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// Jobs ordered by the time of their next poll; jobs with the same time are ordered by their place.
///
/// In a B-tree the jobs that are due next are adjacent in memory. A binary heap touches a whole path for each removal,
/// and the path of a large heap is not in the cache.
#[derive(Debug, Default)]
pub(super) struct Queue {
    jobs: BTreeMap<(Instant, Place), usize>,
    next: Place,
}

impl Queue {
    /// Schedules a poll of the job in a slot at `due`.
    pub(super) fn push(&mut self, due: Instant, slot: usize) -> Place {
        let place = self.next;
        self.next = Place(place.0.saturating_add(1));
        self.jobs.insert((due, place), slot);
        place
    }

    /// Returns the time at which the first job is due.
    pub(super) fn first(&self) -> Option<Instant> {
        let ((due, _), _) = self.jobs.first_key_value()?;
        Some(*due)
    }

    /// Takes the first job if it is due at `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Ticket> {
        if self.first()? > now {
            return None;
        }
        let ((_, place), slot) = self.jobs.pop_first()?;
        Some(Ticket { slot, place })
    }
}
