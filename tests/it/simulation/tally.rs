//! The counts of a run.

use std::{collections::BTreeMap, fmt, time::Duration};

/// The counts of one or more runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) seeds: u64,
    pub(super) imports: u64,
    pub(super) jobs: u64,
    pub(super) rows: u64,
    /// Submits, and the failed ones by error kind.
    pub(super) submits: u64,
    pub(super) submit_errors: BTreeMap<String, u64>,
    /// The commit states of failed submits.
    pub(super) commits: BTreeMap<&'static str, u64>,
    /// Polls of watches, the failed ones, and the watches that ended before their job by error kind.
    pub(super) watch_polls: u64,
    pub(super) faults: u64,
    pub(super) watch_errors: BTreeMap<String, u64>,
    /// Requests that clients sent, requests that arrived, and the polls among them.
    pub(super) attempts: u64,
    pub(super) requests: u64,
    pub(super) polls: u64,
    pub(super) partitions: u64,
    pub(super) server_restarts: u64,
    pub(super) client_restarts: u64,
    /// Imports whose outcome was unknown until the weather cleared. The client had only the key.
    pub(super) unknown: u64,
    pub(super) failed_jobs: u64,
    pub(super) streamed: u64,
    pub(super) time: Duration,
}

impl Tally {
    /// Adds the counts of another run.
    pub(super) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.imports += other.imports;
        self.jobs += other.jobs;
        self.rows += other.rows;
        self.submits += other.submits;
        self.watch_polls += other.watch_polls;
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
            "imports: {} with {} rows, {} of them jobs, {} of these failed by a fault, {} read again as a stream",
            self.imports, self.rows, self.jobs, self.failed_jobs, self.streamed
        )?;
        writeln!(
            f,
            "submits: {} calls, {}; {}",
            self.submits,
            list(&self.submit_errors, "failed"),
            list(&self.commits, "commit states")
        )?;
        writeln!(
            f,
            "unknown until the weather cleared: {}, all known afterwards",
            self.unknown
        )?;
        writeln!(
            f,
            "watches: {} polls, {} of them faults; {}",
            self.watch_polls,
            self.faults,
            list(&self.watch_errors, "ended early")
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
