//! A set of row positions that detects repeated ones.

use std::collections::BTreeMap;

/// A set of positions. Positions in order are stored as one number, and the others as one bit each.
#[derive(Debug, Default)]
pub(super) struct IndexSet {
    /// All positions below this one are in the set.
    run: u32,
    /// The positions at or above `run`, 64 per word.
    words: BTreeMap<u32, u64>,
    highest: Option<(u32, u32)>,
}

impl IndexSet {
    /// Adds the position of the row at `at`. Returns `false` if the set already contains it.
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

    /// Returns the highest position and the first row with it.
    pub(super) fn highest(&self) -> Option<(u32, u32)> {
        self.highest
    }
}
