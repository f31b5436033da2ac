//! Whether counters move row by row or in steps.

use serde::{Deserialize, Serialize};

/// What the gains of a job's counters tell of how they move.
///
/// Some servers count each row, some each batch. Gains of a job that counts rows are of any size; those of one
/// that counts batches are whole multiples of one size. A batch under way is not seen, so an end has to be told
/// from when the last step was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Steps {
    /// The smallest gain so far; 0 before the first.
    size: f64,
    /// How many gains in a row were whole multiples of it.
    whole: u32,
}

impl Steps {
    /// Takes in a gain, a share of the rows above 0.
    pub(super) fn measure(&mut self, gain: f64) {
        if self.size <= 0.0 {
            self.size = gain;
            return;
        }
        let steps = gain.max(self.size) / gain.min(self.size);
        let is_whole = steps < MOST_STEPS && (steps - steps.round()).abs() <= TOLERANCE;
        self.whole = if is_whole {
            self.whole.saturating_add(1)
        } else {
            0
        };
        self.size = self.size.min(gain);
    }

    /// Returns whether the counters move in steps that are seen one by one.
    pub(super) fn are_seen(&self) -> bool {
        self.whole >= 2
    }

    /// Returns the size of a step as a share of the rows.
    pub(super) fn size(&self) -> f64 {
        self.size
    }
}

/// How far from a whole number a multiple may be: batches of a total that they do not divide are a row apart.
const TOLERANCE: f64 = 0.02;
/// Beyond ten steps at once a multiple is whole by chance too often.
const MOST_STEPS: f64 = 10.5;
