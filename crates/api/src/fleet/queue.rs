//! When each job is to be looked at next.

use std::{cmp::Reverse, collections::BinaryHeap};

use tokio::time::Instant;

/// The number of a job in a fleet; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Number(u64);

/// Jobs by the time of their next look, the earliest first, and of those the one that waits longest.
#[derive(Debug, Default)]
pub(super) struct Queue {
    due: BinaryHeap<Reverse<(Instant, u64, Number)>>,
    next_turn: u64,
    next_number: u64,
}

impl Queue {
    /// Returns a number for a new job.
    pub(super) fn number(&mut self) -> Number {
        let number = Number(self.next_number);
        self.next_number = self.next_number.saturating_add(1);
        number
    }

    /// Puts a job in line for a look at `due`.
    pub(super) fn push(&mut self, due: Instant, number: Number) {
        self.due.push(Reverse((due, self.next_turn, number)));
        self.next_turn = self.next_turn.saturating_add(1);
    }

    /// Returns when the first job in line is due.
    pub(super) fn first(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((due, ..))| *due)
    }

    /// Takes the first job in line if it is due by `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Number> {
        if self.first()? > now {
            return None;
        }
        self.due.pop().map(|Reverse((.., number))| number)
    }
}
