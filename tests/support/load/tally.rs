//! The tally of a load: the outcome of each import and each row.

use std::collections::{BTreeMap, HashMap};

use prism_imports::{Complete, Finished, JobId, Outcome};
use prism_imports_sandbox::Stats;

use super::{Order, RowPlan};

/// Counts the outcomes that a client received for its imports and their rows.
#[derive(Debug, Default)]
pub struct Tally {
    open: HashMap<JobId, Order>,
    jobs: u64,
    sync_imports: u64,
    ended: u64,
    failed: u64,
    replays: u64,
    reported: RowCounts,
    unreported: RowCounts,
    faults: BTreeMap<String, u64>,
    lost_imports: u64,
    lost_rows: u64,
    doubled_rows: u64,
    findings: Findings,
}

impl Tally {
    /// Records an import that finished synchronously.
    pub fn record_sync(&mut self, order: Order, end: &Finished) {
        self.sync_imports += 1;
        self.settle(order, end);
    }

    /// Records a job that was started.
    pub fn record_started(&mut self, order: Order, job: &JobId) {
        self.jobs += 1;
        if let Some(other) = self.open.insert(job.clone(), order) {
            self.lost_imports += 1;
            let (one, two) = (other.key(), order.key());
            self.findings
                .add(|| format!("{job}: started for {one} and for {two}"));
        }
    }

    /// Records the end of a job.
    pub fn record_end(&mut self, job: &JobId, end: &Finished) {
        if let Some(order) = self.open.remove(job) {
            self.ended += 1;
            self.settle(order, end);
        } else {
            self.doubled_rows += end.progress().total();
            self.findings
                .add(|| format!("{job}: ended without being open"));
        }
    }

    /// Records a submit whose outcome stays unknown.
    pub fn record_given_up(&mut self, order: Order, why: &str) {
        self.lost_imports += 1;
        self.lost_rows += order.len() as u64;
        self.findings
            .add(|| format!("{}: given up: {why}", order.key()));
    }

    /// Records a job whose outcome cannot be determined.
    pub fn record_lost(&mut self, job: &JobId, why: &str) {
        if let Some(order) = self.open.remove(job) {
            self.record_given_up(order, why);
        }
    }

    /// Counts a transient fault.
    pub fn record_fault(&mut self, what: impl Into<String>) {
        *self.faults.entry(what.into()).or_default() += 1;
    }

    /// Counts a replayed answer.
    pub fn record_replay(&mut self) {
        self.replays += 1;
    }

    /// Returns the number of jobs that have not ended.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Returns the number of started jobs.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Returns the number of jobs that ended, including the [`failed`](Self::failed) ones.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Returns the number of jobs that failed as a whole.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the number of imports that finished synchronously.
    pub fn sync_imports(&self) -> u64 {
        self.sync_imports
    }

    /// Returns the number of submits that received a replayed answer.
    pub fn replays(&self) -> u64 {
        self.replays
    }

    /// Returns the number of rows with a known outcome.
    pub fn rows(&self) -> u64 {
        self.reported.rows() + self.unreported.rows()
    }

    /// Returns the rows without a result because their job failed, counted by their planned outcome.
    pub fn unreported(&self) -> RowCounts {
        self.unreported
    }

    /// Returns the transient faults by kind.
    pub fn faults(&self) -> &BTreeMap<String, u64> {
        &self.faults
    }

    /// Compares the tally with the counts of the sandbox.
    pub fn verdict(&self, sandbox: &Stats) -> Verdict {
        let mut verdict = Verdict {
            lost_jobs: self.lost_imports + self.open.len() as u64,
            lost_rows: self.lost_rows
                + self
                    .open
                    .values()
                    .map(|order| order.len() as u64)
                    .sum::<u64>(),
            doubled_rows: self.doubled_rows,
            findings: self.findings.clone(),
        };
        let all = self.reported.plus(self.unreported);
        for (what, ours, theirs) in [
            ("jobs", self.jobs, u64::from(sandbox.jobs)),
            ("rows", all.rows(), sandbox.rows),
            ("records created", all.created, sandbox.created),
            ("rows rejected", all.rejected, sandbox.rejected),
        ] {
            if ours != theirs {
                let finding =
                    || format!("{what}: {ours} counted by the client, {theirs} by the sandbox");
                verdict.findings.add(finding);
            }
        }
        // An import that ran twice has rows that no answer reported.
        verdict.doubled_rows += sandbox.rows.saturating_sub(all.rows() + verdict.lost_rows);
        verdict.lost_rows += all.rows().saturating_sub(sandbox.rows);
        verdict
    }

    fn settle(&mut self, order: Order, end: &Finished) {
        let (total, sent) = (end.progress().total(), order.len() as u64);
        if total != sent {
            let key = order.key();
            self.findings
                .add(|| format!("{key}: {sent} rows were sent, {total} are in the import"));
        }
        match end {
            Finished::Complete(job) => self.settle_rows(order, job),
            Finished::Failed(_) => {
                self.failed += 1;
                for row in 0..order.len() {
                    self.unreported.add(RowPlan::of(row));
                }
            }
        }
    }

    /// Records the rows of a complete job.
    fn settle_rows(&mut self, order: Order, job: &Complete) {
        let mut open = vec![true; order.len()];
        let key = order.key();
        for row in job.rows().unwrap_or_default() {
            let at = row.index().map_or(usize::MAX, |at| at as usize);
            let Some(true) = open.get(at) else {
                self.doubled_rows += 1;
                self.findings
                    .add(|| format!("{key}: row {at} was reported twice or not sent"));
                continue;
            };
            open[at] = false;
            let plan = match row.outcome() {
                Outcome::Created => Some(RowPlan::Created),
                Outcome::Existing => Some(RowPlan::Existing),
                Outcome::Failed(_) => Some(RowPlan::Rejected),
                Outcome::Updated | Outcome::Unspecified => None,
            };
            if plan == Some(RowPlan::of(at)) {
                self.reported.add(RowPlan::of(at));
            } else {
                self.lost_rows += 1;
                let outcome = row.outcome();
                self.findings
                    .add(|| format!("{key}: row {at} has the unexpected outcome {outcome:?}"));
            }
        }
        let missing = open.iter().filter(|open| **open).count();
        if missing > 0 {
            self.lost_rows += missing as u64;
            self.findings
                .add(|| format!("{key}: {missing} rows were not reported"));
        }
    }
}

/// Rows by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "one field per planned outcome")]
pub struct RowCounts {
    /// Rows that created a record.
    pub created: u64,
    /// Rows that matched a record.
    pub existing: u64,
    /// Rows that were rejected.
    pub rejected: u64,
}

impl RowCounts {
    /// Returns the number of rows.
    pub fn rows(self) -> u64 {
        self.created + self.existing + self.rejected
    }

    fn add(&mut self, row: RowPlan) {
        *match row {
            RowPlan::Created => &mut self.created,
            RowPlan::Existing => &mut self.existing,
            RowPlan::Rejected => &mut self.rejected,
        } += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            existing: self.existing + other.existing,
            rejected: self.rejected + other.rejected,
        }
    }
}

/// The comparison of a tally with the counts of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Imports whose end is unknown.
    pub lost_jobs: u64,
    /// Rows whose outcome is unknown or unexpected.
    pub lost_rows: u64,
    /// Rows that were imported or reported more than once.
    pub doubled_rows: u64,
    findings: Findings,
}

impl Verdict {
    /// Returns `true` if nothing was lost or doubled and both counts agree.
    pub fn is_consistent(&self) -> bool {
        self.lost_jobs + self.lost_rows + self.doubled_rows + self.findings.count == 0
    }

    /// Returns the first findings.
    pub fn findings(&self) -> impl Iterator<Item = &str> {
        self.findings.first.iter().map(String::as_str)
    }
}

/// The number of findings, and the messages of the first ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Findings {
    count: u64,
    first: Vec<String>,
}

impl Findings {
    fn add(&mut self, finding: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < 20 {
            self.first.push(finding());
        }
    }
}
