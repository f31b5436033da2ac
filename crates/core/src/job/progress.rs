//! How far a job has come, as far as that is known.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{counters::Counters, counts::Counts};

/// The counters of a job as far as they are known: each is `None` when neither given nor determined by the others.
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
/// What was stored is checked as a snapshot's counters are:
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
    total: u64,
    processed: Option<u64>,
    succeeded: Option<u64>,
    failed: Option<u64>,
    complete: bool,
}

impl Progress {
    /// Takes counters that the border found to hold together.
    pub(super) fn new(
        total: u64,
        processed: Option<u64>,
        succeeded: Option<u64>,
        failed: Option<u64>,
    ) -> Self {
        Self {
            total,
            processed,
            succeeded,
            failed,
            complete: false,
        }
    }

    /// The progress of a complete job, which has processed every row.
    pub(super) fn complete(total: u64, counts: Option<Counts>) -> Self {
        let succeeded = counts.map(|counts| counts.succeeded());
        let failed = counts.map(|counts| counts.failed());
        Self {
            total,
            processed: Some(total),
            succeeded,
            failed,
            complete: true,
        }
    }

    /// Returns the number of rows in the import.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the number of rows attempted.
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

    /// Returns the share of rows attempted: 1 when the job is complete, and below 1 until then.
    ///
    /// `None` when the share is not known, or when there are no rows to have a share of.
    pub fn fraction(&self) -> Option<f64> {
        if self.complete {
            return Some(1.0);
        }
        let (processed, total) = (to_f64(self.processed?), to_f64(self.total));
        (total > 0.0).then(|| (processed / total).min(1.0_f64.next_down()))
    }
}

/// A progress as it was stored, which may be anything.
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
        let mut found = Vec::new();
        let mut counters = Counters {
            total: Some(stored.total),
            processed: stored.processed,
            succeeded: stored.succeeded,
            failed: stored.failed,
        };
        counters.settle(&mut found);
        if let Some(finding) = found.first() {
            return Err(finding.to_string());
        }
        if stored.complete && counters.processed != Some(stored.total) {
            return Err("complete with rows not processed".to_owned());
        }
        let complete = stored.complete;
        Ok(Self {
            complete,
            ..counters.progress()
        })
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

/// The speed of a job between two looks at it.
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

    /// Takes rows per second; the error says that they are not above 0, or no number.
    fn try_from(rows_per_second: f64) -> Result<Self, &'static str> {
        if rows_per_second.is_finite() && rows_per_second > 0.0 {
            Ok(Self(rows_per_second))
        } else {
            Err("a rate is above 0 and finite")
        }
    }
}

impl Rate {
    /// Measures the rate from `earlier` to `later`, `elapsed` apart.
    ///
    /// `None` when either count is unknown, when no time has passed, or when no row was processed between.
    pub fn between(earlier: &Progress, later: &Progress, elapsed: Duration) -> Option<Self> {
        let rows = later.processed?.checked_sub(earlier.processed?)?;
        (rows > 0 && !elapsed.is_zero()).then(|| Self(to_f64(rows) / elapsed.as_secs_f64()))
    }

    /// Returns the rate in rows per second; always above 0.
    pub fn rows_per_second(&self) -> f64 {
        self.0
    }

    /// Returns the time in which the rows that `progress` leaves would be processed at this rate.
    ///
    /// `None` when the count is unknown or the time is beyond what a [`Duration`] holds.
    pub fn eta(&self, progress: &Progress) -> Option<Duration> {
        let left = progress.total.saturating_sub(progress.processed?);
        Duration::try_from_secs_f64(to_f64(left) / self.0).ok()
    }
}

/// A number with its thousands grouped, as people read it.
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

/// The nearest float: beyond 2⁵³ rows a share or a rate loses nothing that matters.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "std has no other conversion, and rounding is what is wanted"
)]
fn to_f64(value: u64) -> f64 {
    value as f64
}
