//! The detection of counters that move in steps.

/// Detects whether the counters of a job move row by row or in batches.
///
/// Some servers count each row, others each batch. If rows are counted, gains have any size. If batches are counted,
/// gains are whole multiples of the batch size. An unfinished batch is not counted, so the end has to be estimated from
/// the time of the last step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Steps {
    /// The smallest gain so far; 0 before the first.
    size: f64,
    /// The number of consecutive gains that were whole multiples of it.
    whole: u32,
}

impl Steps {
    /// Records a gain, a positive fraction of the rows.
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

    /// Returns `true` if the counters move in steps that are observed one by one.
    pub(super) fn are_visible(&self) -> bool {
        self.whole >= 2
    }

    /// Returns the size of a step as a fraction of the rows.
    pub(super) fn size(&self) -> f64 {
        self.size
    }
}

/// How far from a whole number a multiple may be. Batches differ by one row if their number does not divide the total.
const TOLERANCE: f64 = 0.02;
/// Gains of more than ten steps are whole multiples by chance too often.
const MOST_STEPS: f64 = 10.5;
