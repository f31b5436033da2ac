//! The counters of a snapshot, checked against each other and against the rows.

use super::{
    finding::{Finding, Findings, Rule},
    progress::Progress,
    tally::Tally,
};
use crate::wire::{Snapshot, Status};

impl Progress {
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
        if listed != total {
            let rule = if listed > total {
                Rule::RowsExcess
            } else {
                Rule::RowsMissing
            };
            found.push(Finding::new(
                rule,
                format_args!("{listed} results of {total} rows"),
            ));
        }
        if listed > total {
            return false;
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
