//! A set of row positions, for finding one that is repeated.

use std::collections::BTreeMap;

/// Positions seen: a number while they come in order, one bit each where they do not.
#[derive(Debug, Default)]
pub(super) struct IndexSet {
    /// Every position below is in the set.
    run: u32,
    /// The positions at or above `run`, 64 to a word.
    words: BTreeMap<u32, u64>,
    highest: Option<(u32, u32)>,
}

impl IndexSet {
    /// Adds the position of the row at `at`; `false` when it was there.
    pub(super) fn insert(&mut self, index: u32, at: u32) -> bool {
        if self.highest.is_none_or(|(highest, _)| index > highest) {
            self.highest = Some((index, at));
        }
        if self.words.is_empty() && index == self.run {
            self.run = self.run.saturating_add(1);
            return true;
        }
        if index < self.run {
            return false;
        }
        let bit = 1_u64.rotate_left(index % 64);
        let word = self.words.entry(index / 64).or_default();
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Returns the highest position, and the row that first had it.
    pub(super) fn highest(&self) -> Option<(u32, u32)> {
        self.highest
    }
}
