//! What a run came to, in numbers.

use std::{collections::BTreeMap, fmt, time::Duration};

/// Counts over one run or many.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) seeds: u64,
    pub(super) imports: u64,
    pub(super) jobs: u64,
    pub(super) rows: u64,
    /// Calls that submit, and those of them that failed by the kind of the error.
    pub(super) submits: u64,
    pub(super) submit_errors: BTreeMap<String, u64>,
    /// What failed submits said of their import.
    pub(super) commits: BTreeMap<&'static str, u64>,
    /// Looks of watches, those that failed, and the watches that ended without the job by the error's kind.
    pub(super) looks: u64,
    pub(super) faults: u64,
    pub(super) watch_errors: BTreeMap<String, u64>,
    /// Requests that clients sent, and those that arrived.
    pub(super) attempts: u64,
    pub(super) requests: u64,
    pub(super) polls: u64,
    pub(super) partitions: u64,
    pub(super) server_restarts: u64,
    pub(super) client_restarts: u64,
    /// Imports whose client gave up with nothing but the key, until the weather cleared.
    pub(super) unknown: u64,
    pub(super) failed_jobs: u64,
    pub(super) streamed: u64,
    pub(super) time: Duration,
}

impl Tally {
    /// Adds another run's counts.
    pub(super) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.imports += other.imports;
        self.jobs += other.jobs;
        self.rows += other.rows;
        self.submits += other.submits;
        self.looks += other.looks;
        self.faults += other.faults;
        self.attempts += other.attempts;
        self.requests += other.requests;
        self.polls += other.polls;
        self.partitions += other.partitions;
        self.server_restarts += other.server_restarts;
        self.client_restarts += other.client_restarts;
        self.unknown += other.unknown;
        self.failed_jobs += other.failed_jobs;
        self.streamed += other.streamed;
        self.time += other.time;
        for (kind, count) in &other.submit_errors {
            *self.submit_errors.entry(kind.clone()).or_default() += count;
        }
        for (kind, count) in &other.watch_errors {
            *self.watch_errors.entry(kind.clone()).or_default() += count;
        }
        for (commit, count) in &other.commits {
            *self.commits.entry(commit).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.time.as_secs_f64() / 3_600.0;
        writeln!(f, "{} seeds, {hours:.1} virtual hours", self.seeds)?;
        writeln!(
            f,
            "weather: {} partitions of 30 s, {} restarts of the server, {} of clients",
            self.partitions, self.server_restarts, self.client_restarts
        )?;
        writeln!(
            f,
            "imports: {} with {} rows, {} of them jobs, {} of these failed by script, {} read again as a stream",
            self.imports, self.rows, self.jobs, self.failed_jobs, self.streamed
        )?;
        writeln!(
            f,
            "submits: {} calls, {}; {}",
            self.submits,
            list(&self.submit_errors, "failed"),
            list(&self.commits, "told")
        )?;
        writeln!(
            f,
            "unknown with their key until the weather cleared: {}, each known after it",
            self.unknown
        )?;
        writeln!(
            f,
            "watches: {} looks, {} of them faults; {}",
            self.looks,
            self.faults,
            list(&self.watch_errors, "given up")
        )?;
        write!(
            f,
            "requests: {} sent, {} arrived, {} of them polls",
            self.attempts, self.requests, self.polls
        )
    }
}

fn list<K: fmt::Display>(counts: &BTreeMap<K, u64>, what: &str) -> String {
    let total: u64 = counts.values().sum();
    let each: Vec<_> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    format!("{total} {what} ({})", each.join(", "))
}
