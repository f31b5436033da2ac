//! The counters of a snapshot. They are checked against each other and against the rows, and missing ones are derived.

use super::{
    counts::Counts,
    facts::Facts,
    finding::{Finding, Rule},
    ledger::Ledger,
    row::Row,
};

/// The known counters. None is negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counters {
    /// `None` only if the server's total is negative.
    pub(super) total: Option<u64>,
    pub(super) processed: Option<u64>,
    pub(super) succeeded: Option<u64>,
    pub(super) failed: Option<u64>,
}

impl Counters {
    /// Reads the counters of `facts` and records their contradictions.
    pub(super) fn read(facts: &Facts, found: &mut Vec<Finding>) -> Self {
        let mut count = |name: &str, value: Option<i64>| {
            let value = value?;
            let count = u64::try_from(value).ok();
            if count.is_none() {
                found.push(Finding::new(
                    Rule::NegativeCounter,
                    format_args!("{name} is {value}"),
                ));
            }
            count
        };
        let mut counters = Self {
            total: count("total", Some(facts.total)),
            processed: count("processed", facts.processed),
            succeeded: count("succeeded", facts.succeeded),
            failed: count("failed", facts.failed),
        };
        if let Some(legacy) = &facts.legacy {
            let created = count("summary.created", legacy.created);
            let existing = count("summary.existing", legacy.existing);
            let errors = count("summary.errors", legacy.errors);
            let succeeded = created
                .zip(existing)
                .and_then(|(created, existing)| created.checked_add(existing));
            counters.succeeded = counters.succeeded.or(succeeded);
            counters.failed = counters.failed.or(errors);
        }
        counters.settle(found);
        counters
    }

    /// Checks the counters and derives a missing one from processed = succeeded + failed.
    pub(super) fn settle(&mut self, found: &mut Vec<Finding>) {
        let both = self.succeeded.zip(self.failed);
        let sum = both.map(|(succeeded, failed)| succeeded.saturating_add(failed));
        let part = sum.or(self.succeeded).or(self.failed);
        match (self.processed, sum, part) {
            (Some(processed), Some(sum), _) if processed != sum => {
                let (succeeded, failed) = both.unwrap_or_default();
                let numbers = format_args!(
                    "{processed} rows processed, {succeeded} succeeded, {failed} failed"
                );
                found.push(Finding::new(Rule::ProcessedMismatch, numbers));
            }
            (Some(processed), None, Some(part)) if processed < part => {
                let what = if self.succeeded.is_some() {
                    "succeeded"
                } else {
                    "failed"
                };
                let numbers = format_args!("{processed} rows processed, {part} {what}");
                found.push(Finding::new(Rule::ProcessedMismatch, numbers));
            }
            (None, None, _) => {}
            (_, Some(sum), _) => self.processed = self.processed.or(Some(sum)),
            (Some(processed), None, _) => {
                self.failed = self.failed.or(self
                    .succeeded
                    .and_then(|succeeded| processed.checked_sub(succeeded)));
                self.succeeded = self
                    .succeeded
                    .or(self.failed.and_then(|failed| processed.checked_sub(failed)));
            }
        }
        let most = self.processed.max(part);
        if let Some((most, total)) = most.zip(self.total).filter(|(most, total)| most > total) {
            found.push(Finding::new(
                Rule::ProcessedExceedsTotal,
                format_args!("{most} rows processed of {total}"),
            ));
        }
    }

    /// Checks the rows of a finished job against the counters, and collects the findings of the rows.
    pub(super) fn check_results(
        &self,
        ledger: &mut Ledger,
        rows: &mut [Row],
        complete: bool,
        found: &mut Vec<Finding>,
    ) {
        let Some(total) = self.total else { return };
        ledger.settle(rows, total);
        found.append(&mut ledger.findings);
        let len = u64::from(ledger.len());
        if len > total || complete && len < total {
            // If the number of rows is wrong, the counters differ as well. One finding is enough.
            found.push(Finding::new(
                Rule::ResultsLength,
                format_args!("{len} results of {total} rows"),
            ));
            return;
        }
        let (succeeded, failed) = (ledger.tally.succeeded(), ledger.tally.failed());
        // An ambiguous row may have either outcome. A failed job may list fewer rows than it counted.
        let differs = |rows: u64, counter: Option<u64>| {
            counter.is_some_and(|counter| {
                rows > counter || complete && counter > rows.saturating_add(ledger.ambiguous)
            })
        };
        if differs(succeeded, self.succeeded) || differs(failed, self.failed) {
            let text = |counter: Option<u64>| {
                counter.map_or_else(|| "?".to_owned(), |counter| counter.to_string())
            };
            let (of_succeeded, of_failed) = (text(self.succeeded), text(self.failed));
            let numbers = format_args!(
                "results with {succeeded} successes and {failed} failures, counters with {of_succeeded} and {of_failed}"
            );
            found.push(Finding::new(Rule::ResultsCounts, numbers));
        }
    }

    /// Derives the missing counters of a complete job from its total and its rows.
    pub(super) fn of_complete(self, ledger: &Ledger, listed: bool) -> Self {
        let Some(total) = self.total else { return self };
        let rest = |other: Option<u64>| other.and_then(|other| total.checked_sub(other));
        let counted = (listed && ledger.ambiguous == 0).then(|| ledger.tally.failed());
        let failed = self.failed.or(rest(self.succeeded)).or(counted);
        let succeeded = self.succeeded.or(rest(failed));
        Self {
            processed: self.processed.or(Some(total)),
            succeeded,
            failed,
            ..self
        }
    }

    /// Returns `true` if processed, succeeded and failed are known.
    pub(super) fn are_known(&self) -> bool {
        self.processed.is_some() && self.succeeded.is_some() && self.failed.is_some()
    }

    /// Returns the counters as [`Counts`]; `None` if one is unknown.
    pub(super) fn counts(&self) -> Option<Counts> {
        Counts::new(self.total?, self.succeeded?, self.failed?).ok()
    }
}
