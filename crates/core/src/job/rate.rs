//! The speed of a job.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::progress::{Progress, to_f64};

/// The speed of a job between two snapshots.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::{ImportJob, Rate, wire::{Snapshot, Status}};
///
/// let at = |processed| {
///     let mut snapshot = Snapshot::new(Status::Processing, 1_000);
///     snapshot.job_id = Some("j-1".into());
///     snapshot.processed = Some(processed);
///     ImportJob::try_from(snapshot).unwrap().progress()
/// };
/// let rate = Rate::between(&at(200), &at(400), Duration::from_secs(10)).unwrap();
/// assert_eq!(rate.rows_per_second(), 20.0);
/// assert_eq!(rate.eta(&at(400)), Some(Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Rate(f64);

impl TryFrom<f64> for Rate {
    type Error = &'static str;

    /// Converts rows per second, which must be positive and finite.
    fn try_from(rows_per_second: f64) -> Result<Self, &'static str> {
        if rows_per_second.is_finite() && rows_per_second > 0.0 {
            Ok(Self(rows_per_second))
        } else {
            Err("a rate must be positive and finite")
        }
    }
}

impl Rate {
    /// Calculates the rate between two snapshots that are `elapsed` apart.
    ///
    /// Returns `None` if a number of processed rows is unknown, if `elapsed` is zero, or if no row was processed in
    /// between.
    pub fn between(earlier: &Progress, later: &Progress, elapsed: Duration) -> Option<Self> {
        let rows = later.processed?.checked_sub(earlier.processed?)?;
        (rows > 0 && !elapsed.is_zero()).then(|| Self(to_f64(rows) / elapsed.as_secs_f64()))
    }

    /// Returns the rate in rows per second; always positive.
    pub fn rows_per_second(&self) -> f64 {
        self.0
    }

    /// Returns the estimated time to process the remaining rows at this rate.
    ///
    /// Returns `None` if the number of processed rows is unknown or the time exceeds the range of [`Duration`].
    pub fn eta(&self, progress: &Progress) -> Option<Duration> {
        let left = progress.total.saturating_sub(progress.processed?);
        Duration::try_from_secs_f64(to_f64(left) / self.0).ok()
    }
}
