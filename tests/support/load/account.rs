//! The account of a load: what became of each import and of each of its rows.

use std::collections::{BTreeMap, HashMap};

use prism_imports::{Complete, Finished, JobId, Outcome};
use prism_imports_sandbox::Stats;

use super::{Order, RowPlan};

/// What a client saw of its imports, row for row.
#[derive(Debug, Default)]
pub struct Account {
    open: HashMap<JobId, Order>,
    jobs: u64,
    at_once: u64,
    ended: u64,
    failed: u64,
    replays: u64,
    told: Tally,
    untold: Tally,
    faults: BTreeMap<String, u64>,
    lost_imports: u64,
    lost_rows: u64,
    doubled_rows: u64,
    findings: Findings,
}

impl Account {
    /// Takes down an import that was done at once.
    pub fn done(&mut self, order: Order, end: &Finished) {
        self.at_once += 1;
        self.settle(order, end);
    }

    /// Takes down a job that was started.
    pub fn started(&mut self, order: Order, job: &JobId) {
        self.jobs += 1;
        if let Some(other) = self.open.insert(job.clone(), order) {
            self.lost_imports += 1;
            let (one, two) = (other.key(), order.key());
            self.findings
                .add(|| format!("{job}: started for {one} and for {two}"));
        }
    }

    /// Takes down the end of a job.
    pub fn ended(&mut self, job: &JobId, end: &Finished) {
        if let Some(order) = self.open.remove(job) {
            self.ended += 1;
            self.settle(order, end);
        } else {
            self.doubled_rows += end.progress().total();
            self.findings
                .add(|| format!("{job}: ended, and was not open"));
        }
    }

    /// Takes down a submit of which nothing is known in the end.
    pub fn given_up(&mut self, order: Order, why: &str) {
        self.lost_imports += 1;
        self.lost_rows += order.len() as u64;
        self.findings
            .add(|| format!("{}: given up: {why}", order.key()));
    }

    /// Takes down a job of which nothing more can be learnt.
    pub fn lost(&mut self, job: &JobId, why: &str) {
        if let Some(order) = self.open.remove(job) {
            self.given_up(order, why);
        }
    }

    /// Counts something that went wrong and may pass.
    pub fn fault(&mut self, what: impl Into<String>) {
        *self.faults.entry(what.into()).or_default() += 1;
    }

    /// Counts an answer that was given before.
    pub fn replayed(&mut self) {
        self.replays += 1;
    }

    /// Returns how many jobs are followed.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Returns how many jobs were started.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Returns how many jobs were seen to their end; [`Account::failed`] are among them.
    pub fn ends(&self) -> u64 {
        self.ended
    }

    /// Returns how many jobs failed as a whole.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns how many imports were done at once.
    pub fn at_once(&self) -> u64 {
        self.at_once
    }

    /// Returns how many submits got an answer that was given before.
    pub fn replays(&self) -> u64 {
        self.replays
    }

    /// Returns how many rows are accounted for.
    pub fn rows(&self) -> u64 {
        self.told.rows() + self.untold.rows()
    }

    /// Returns the rows that no result told of, since their jobs failed; counted as they were meant.
    pub fn untold(&self) -> Tally {
        self.untold
    }

    /// Returns what went wrong and passed, by kind.
    pub fn faults(&self) -> &BTreeMap<String, u64> {
        &self.faults
    }

    /// Judges the account against the server's own.
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
        let all = self.told.plus(self.untold);
        for (what, ours, theirs) in [
            ("jobs", self.jobs, u64::from(sandbox.jobs)),
            ("rows", all.rows(), sandbox.rows),
            ("records made", all.created, sandbox.created),
            ("rows rejected", all.rejected, sandbox.rejected),
        ] {
            if ours != theirs {
                let finding =
                    || format!("{what}: {ours} by the client's account, {theirs} by the sandbox's");
                verdict.findings.add(finding);
            }
        }
        // A job or an import that was carried out twice has rows that no answer told of.
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
                    self.untold.add(RowPlan::of(row));
                }
            }
        }
    }

    /// Ticks the rows off, one by one.
    fn settle_rows(&mut self, order: Order, job: &Complete) {
        let mut open = vec![true; order.len()];
        let key = order.key();
        for row in job.rows().unwrap_or_default() {
            let at = row.index().map_or(usize::MAX, |at| at as usize);
            let Some(true) = open.get(at) else {
                self.doubled_rows += 1;
                self.findings
                    .add(|| format!("{key}: row {at} is told of twice, or was not sent"));
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
                self.told.add(RowPlan::of(at));
            } else {
                self.lost_rows += 1;
                let outcome = row.outcome();
                self.findings
                    .add(|| format!("{key}: row {at} came to {outcome:?}"));
            }
        }
        let missing = open.iter().filter(|open| **open).count();
        if missing > 0 {
            self.lost_rows += missing as u64;
            self.findings
                .add(|| format!("{key}: {missing} rows are not told of"));
        }
    }
}

/// Rows by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "one for each plan of a row")]
pub struct Tally {
    /// Rows that made a record.
    pub created: u64,
    /// Rows that matched one.
    pub existing: u64,
    /// Rows that were rejected.
    pub rejected: u64,
}

impl Tally {
    /// Returns how many rows there are.
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

/// Whether a load came out even.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Imports whose end is not known.
    pub lost_jobs: u64,
    /// Rows whose outcome is not known, or is not the one that was meant.
    pub lost_rows: u64,
    /// Rows that were imported or told of more than once.
    pub doubled_rows: u64,
    findings: Findings,
}

impl Verdict {
    /// Tells whether nothing was lost or doubled, and both accounts are equal.
    pub fn is_even(&self) -> bool {
        self.lost_jobs + self.lost_rows + self.doubled_rows + self.findings.count == 0
    }

    /// Iterates over what is wrong, the first few.
    pub fn findings(&self) -> impl Iterator<Item = &str> {
        self.findings.first.iter().map(String::as_str)
    }
}

/// What is wrong: how often, and the first few in words.
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
