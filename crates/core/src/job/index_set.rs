//! A set of row positions that detects repeated ones.

use std::collections::BTreeMap;

/// A set of positions. Positions in order are stored as one number, and the others as one bit each.
#[derive(Debug, Default)]
pub(super) struct IndexSet {
    /// All positions below this one are in the set.
    run: u32,
    /// The positions at or above `run`, 64 per word.
    words: BTreeMap<u32, u64>,
    /// The highest position and the first row with it.
    pub(super) highest: Option<(u32, u32)>,
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

    pub(super) fn contains(&self, index: u32) -> bool {
        let bit = 1_u64.rotate_left(index % 64);
        let word = self.words.get(&(index / 64));
        index < self.run || word.is_some_and(|word| word & bit != 0)
    }

    /// Returns the number of positions in the set that are not below `start`.
    pub(super) fn count_from(&self, start: u32) -> u64 {
        let run = u64::from(self.run.saturating_sub(start));
        let words = self.words.range(start / 64..);
        let counts = words.map(|(at, word)| {
            let below = start.saturating_sub(at.saturating_mul(64));
            u64::from((word & u64::MAX.checked_shl(below).unwrap_or(0)).count_ones())
        });
        counts.fold(run, u64::saturating_add)
    }
}
