//! The progress of a job: its counters, checked against each other and against the rows.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    finding::{Finding, Findings, Rule},
    tally::Tally,
};
use crate::wire::{Snapshot, Status};

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

    /// Reads the counters of a snapshot and the tally of the results of a finished job.
    ///
    /// Missing counters are derived. Counters that are impossible are reported, and are `None`, unless there are results
    /// for all rows.
    pub(super) fn read(snapshot: &Snapshot, rows: Option<&Tally>, found: &mut Findings) -> Self {
        let mut negative = false;
        let mut count = |name: &str, value: Option<i64>| {
            let value = value?;
            let count = u64::try_from(value).ok();
            if count.is_none() {
                negative = true;
                let numbers = format_args!("{name} is {value}");
                found.push(Finding::new(Rule::NegativeCounter, numbers));
            }
            count
        };
        let total = count("total", Some(snapshot.total));
        let mut progress = Self {
            // Nothing exceeds an unknown total.
            total: total.unwrap_or(u64::MAX),
            processed: count("processed", snapshot.processed),
            succeeded: count("succeeded", snapshot.succeeded),
            failed: count("failed", snapshot.failed),
            complete: false,
        };
        if let Some(legacy) = &snapshot.summary {
            let created = count("summary.created", legacy.created);
            let existing = count("summary.existing", legacy.existing);
            let errors = count("summary.errors", legacy.errors);
            let succeeded = created
                .zip(existing)
                .and_then(|(created, existing)| created.checked_add(existing));
            progress.succeeded = progress.succeeded.or(succeeded);
            progress.failed = progress.failed.or(errors);
        }
        let complete = snapshot.status == Status::Complete;
        if let (true, Some(processed), Some(total)) = (complete, progress.counted(), total)
            && processed < total
        {
            let numbers = format_args!("{processed} rows processed of {total}");
            found.push(Finding::new(Rule::CompleteUnfinished, numbers));
        }
        let mut consistent = progress.settle(!negative, found) && !negative;
        if total.is_none() {
            return Self {
                total: 0,
                processed: None,
                succeeded: None,
                failed: None,
                complete,
            };
        }
        if complete {
            progress.complete = true;
            progress.processed = Some(progress.total);
            if consistent {
                progress.derive();
            }
        }
        if let Some(rows) = rows {
            consistent &= progress.compare(rows, found);
        }
        let finished = complete || snapshot.status == Status::Failed;
        if finished && consistent && (progress.succeeded.is_none() || progress.failed.is_none()) {
            found.push(Finding::plain(Rule::CountersMissing));
        }
        progress
    }

    /// Returns the number of processed rows, as the counter or as the sum of the others.
    fn counted(&self) -> Option<u64> {
        let sum = self.succeeded.zip(self.failed);
        let sum = sum.map(|(succeeded, failed)| succeeded.saturating_add(failed));
        self.processed.or(sum)
    }

    /// Checks the counters against each other and removes impossible ones. Derives missing ones if there are none and
    /// if `derive` is set. Returns `true` if the counters are possible.
    pub(super) fn settle(&mut self, derive: bool, found: &mut Findings) -> bool {
        let (both, total) = (self.succeeded.zip(self.failed), self.total);
        let sum = both.map(|(succeeded, failed)| succeeded.saturating_add(failed));
        let part = sum.or(self.succeeded).or(self.failed);
        let most = self.processed.max(part).filter(|most| *most > total);
        let mismatch = self
            .processed
            .zip(part)
            .filter(|(processed, part)| processed < part || sum.is_some() && processed != part);
        if let Some((processed, part)) = mismatch {
            let of = match both {
                Some((succeeded, failed)) => format!("{succeeded} succeeded, {failed} failed"),
                None if self.succeeded.is_some() => format!("{part} succeeded"),
                None => format!("{part} failed"),
            };
            let numbers = format_args!("{processed} rows processed, {of}");
            found.push(Finding::new(Rule::ProcessedMismatch, numbers));
            (self.processed, self.succeeded, self.failed) = (None, None, None);
        }
        if let Some(most) = most {
            let numbers = format_args!("{most} rows processed of {total}");
            found.push(Finding::new(Rule::ProcessedExceedsTotal, numbers));
            self.processed = self.processed.filter(|processed| *processed <= total);
            if part > Some(total) {
                (self.succeeded, self.failed) = (None, None);
            }
        }
        let possible = mismatch.is_none() && most.is_none();
        if possible && derive {
            self.processed = self.counted();
            self.derive();
        }
        possible
    }

    /// Derives succeeded or failed from the other and from the number of processed rows.
    fn derive(&mut self) {
        let rest = |other: Option<u64>| self.processed?.checked_sub(other?);
        let (succeeded, failed) = (rest(self.failed), rest(self.succeeded));
        self.succeeded = self.succeeded.or(succeeded);
        self.failed = self.failed.or(failed);
    }

    /// Compares the counters with the results of a finished job, which outweigh them. Returns `true` if they agree.
    fn compare(&mut self, rows: &Tally, found: &mut Findings) -> bool {
        let (listed, total) = (rows.total(), self.total);
        let numbers = || format!("{listed} results of {total} rows");
        if listed > total {
            found.push(Finding::new(Rule::RowsExcess, numbers()));
            return false;
        }
        if listed != total {
            found.push(Finding::new(Rule::RowsMissing, numbers()));
        }
        let (succeeded, failed) = (rows.succeeded(), rows.failed());
        let differs = |rows: u64, counter: Option<u64>| {
            counter.is_some_and(|counter| rows > counter || listed == total && rows != counter)
        };
        let parts = differs(succeeded, self.succeeded) || differs(failed, self.failed);
        let processed = self.processed.filter(|_| differs(listed, self.processed));
        let text = |counter: Option<u64>| counter.map_or("?".to_owned(), |count| count.to_string());
        let numbers = match (parts, processed) {
            (true, _) => Some(format!(
                "results with {succeeded} successes and {failed} failures, counters with {} and {}",
                text(self.succeeded),
                text(self.failed)
            )),
            (false, Some(processed)) => {
                Some(format!("{listed} results, {processed} rows processed"))
            }
            (false, None) => None,
        };
        if let Some(numbers) = &numbers {
            found.push(Finding::new(Rule::ResultsCounts, numbers));
            (self.succeeded, self.failed) = (None, None);
            self.processed = self.processed.filter(|_| processed.is_none());
        }
        if listed == total {
            (self.processed, self.succeeded, self.failed) =
                (Some(total), Some(succeeded), Some(failed));
        }
        numbers.is_none()
    }
}

/// A deserialized progress that was not validated yet.
#[derive(Deserialize)]
struct Unchecked {
    total: u64,
    processed: Option<u64>,
    succeeded: Option<u64>,
    failed: Option<u64>,
    #[serde(default)]
    complete: bool,
}

impl TryFrom<Unchecked> for Progress {
    type Error = String;

    fn try_from(stored: Unchecked) -> Result<Self, String> {
        let mut progress = Self {
            total: stored.total,
            processed: stored.processed,
            succeeded: stored.succeeded,
            failed: stored.failed,
            complete: stored.complete,
        };
        let mut found = Findings::default();
        progress.settle(true, &mut found);
        if let Some(finding) = found.list.first() {
            return Err(finding.to_string());
        }
        if progress.complete && progress.processed != Some(progress.total) {
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
pub(super) fn to_f64(value: u64) -> f64 {
    value as f64
}
