//! The progress of a job.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::finding::Findings;

/// The known counters of a job. A counter is `None` if it is missing and cannot be derived from the others.
///
/// ```
/// use prism_imports_core::{ImportJob, wire::{Snapshot, Status}};
///
/// let mut snapshot = Snapshot::new(Status::Processing, 100_000);
/// snapshot.job_id = Some("j-1".into());
/// (snapshot.processed, snapshot.failed) = (Some(42_000), Some(120));
/// let ImportJob::Processing(job) = ImportJob::try_from(snapshot)? else { unreachable!() };
/// assert_eq!(job.progress().succeeded(), Some(41_880));
/// assert_eq!(job.progress().fraction(), Some(0.42));
/// assert_eq!(job.progress().to_string(), "42,000 of 100,000 rows, 120 failed");
/// # Ok::<(), prism_imports_core::Contradiction>(())
/// ```
///
/// Deserializing checks the counters like those of a snapshot:
///
/// ```
/// use prism_imports_core::Progress;
///
/// let stored = r#"{"total":10,"processed":11,"succeeded":null,"failed":null,"complete":false}"#;
/// let error = serde_json::from_str::<Progress>(stored).unwrap_err();
/// assert!(error.to_string().starts_with("processed_exceeds_total: 11 rows processed of 10"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Progress {
    pub(super) total: u64,
    pub(super) processed: Option<u64>,
    pub(super) succeeded: Option<u64>,
    pub(super) failed: Option<u64>,
    pub(super) complete: bool,
}

impl Progress {
    /// Returns the number of rows in the import.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the number of processed rows.
    pub fn processed(&self) -> Option<u64> {
        self.processed
    }

    /// Returns the number of rows that succeeded.
    pub fn succeeded(&self) -> Option<u64> {
        self.succeeded
    }

    /// Returns the number of rows that failed.
    pub fn failed(&self) -> Option<u64> {
        self.failed
    }

    /// Returns the fraction of processed rows: 1 if the job is complete, and less than 1 otherwise.
    ///
    /// Returns `None` if the number of processed rows is unknown, or if the total of an unfinished job is 0.
    pub fn fraction(&self) -> Option<f64> {
        if self.complete {
            return Some(1.0);
        }
        let (processed, total) = (to_f64(self.processed?), to_f64(self.total));
        (total > 0.0).then(|| (processed / total).min(1.0_f64.next_down()))
    }
}

/// A deserialized progress that was not validated yet.
#[derive(Deserialize)]
struct Unchecked {
    total: u64,
    #[serde(default)]
    processed: Option<u64>,
    #[serde(default)]
    succeeded: Option<u64>,
    #[serde(default)]
    failed: Option<u64>,
    #[serde(default)]
    complete: bool,
}

impl TryFrom<Unchecked> for Progress {
    type Error = String;

    fn try_from(stored: Unchecked) -> Result<Self, String> {
        let mut found = Findings::default();
        let mut progress = Self {
            total: stored.total,
            processed: stored.processed,
            succeeded: stored.succeeded,
            failed: stored.failed,
            complete: stored.complete,
        };
        progress.settle(true, &mut found);
        if let Some(finding) = found.list.first() {
            return Err(finding.to_string());
        }
        if stored.complete && progress.processed != Some(stored.total) {
            return Err("complete, but not all rows were processed".to_owned());
        }
        Ok(progress)
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.processed {
            Some(processed) => write!(f, "{} of {} rows", Grouped(processed), Grouped(self.total))?,
            None => write!(f, "{} rows", Grouped(self.total))?,
        }
        match self.failed {
            Some(failed) if failed > 0 => write!(f, ", {} failed", Grouped(failed)),
            _ => Ok(()),
        }
    }
}

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

/// Formats a number with thousands separators.
pub(super) struct Grouped(pub(super) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut left = digits.len();
        for digit in digits.chars() {
            write!(f, "{digit}")?;
            left = left.saturating_sub(1);
            if left > 0 && left.is_multiple_of(3) {
                f.write_str(",")?;
            }
        }
        Ok(())
    }
}

/// Converts to the nearest float. The rounding error above 2⁵³ rows does not matter for fractions and rates.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "std has no other conversion, and rounding is intended"
)]
fn to_f64(value: u64) -> f64 {
    value as f64
}
