//! The output of the program.

use std::{collections::BTreeMap, fmt};

use prism_imports_sandbox::Stats;
use prism_imports_tests::load::{Tally, Verdict};

use super::{Calls, Flatness, memory::mib};

/// One minute of the run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Minute<'a> {
    /// The number of the minute, from 1.
    pub number: u16,
    /// The current tally.
    pub tally: &'a Tally,
    /// The faults of this minute, by kind.
    pub faults: BTreeMap<String, u64>,
    /// The calls of this minute.
    pub calls: &'a Calls,
    /// The resident memory, in bytes.
    pub memory: Option<u64>,
}

impl<'a> Minute<'a> {
    /// Creates the report of a minute. `before` has the faults of the earlier minutes.
    pub fn new(
        number: u16,
        tally: &'a Tally,
        before: &BTreeMap<String, u64>,
        calls: &'a Calls,
        memory: Option<u64>,
    ) -> Self {
        let faults = tally.faults().iter().filter_map(|(kind, count)| {
            let new = count - before.get(kind).copied().unwrap_or(0);
            (new > 0).then(|| (kind.clone(), new))
        });
        Self {
            number,
            tally,
            faults: faults.collect(),
            calls,
            memory,
        }
    }
}

impl fmt::Display for Minute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = self.tally;
        writeln!(
            f,
            "minute {}: {} jobs open, {} ended, {} synchronous imports, {} rows with a known outcome; RSS {} MiB",
            self.number,
            tally.open(),
            tally.ended(),
            tally.sync_imports(),
            tally.rows(),
            self.memory.map_or_else(|| "?".into(), mib),
        )?;
        writeln!(f, "  {}", Traffic(self.calls))?;
        write!(f, "  errors: {}", Kinds(&self.faults))
    }
}

/// The whole run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Total<'a> {
    /// The client's tally.
    pub tally: &'a Tally,
    /// The counts of the sandbox.
    pub sandbox: Stats,
    /// All calls.
    pub calls: &'a Calls,
    /// The comparison of both.
    pub verdict: Verdict,
    /// Whether memory stayed constant.
    pub flatness: Flatness,
}

impl<'a> Total<'a> {
    /// Creates the report of a finished run.
    pub fn new(tally: &'a Tally, sandbox: Stats, calls: &'a Calls, flatness: Flatness) -> Self {
        Self {
            tally,
            verdict: tally.verdict(&sandbox),
            sandbox,
            calls,
            flatness,
        }
    }

    /// Returns `true` if nothing was lost or doubled and memory did not grow.
    pub fn is_ok(&self) -> bool {
        self.verdict.is_consistent() && !matches!(self.flatness, Flatness::Growing { .. })
    }
}

impl fmt::Display for Total<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tally,
            sandbox,
            calls,
            verdict,
            flatness,
        } = self;
        writeln!(
            f,
            "total: {} jobs ({} failed as a whole) and {} synchronous imports, {} rows, {} of them in failed jobs; {} replays",
            tally.ended(),
            tally.failed(),
            tally.sync_imports(),
            tally.rows(),
            tally.unreported().rows(),
            tally.replays(),
        )?;
        writeln!(f, "  {}", Traffic(calls))?;
        writeln!(f, "  errors: {}", Kinds(tally.faults()))?;
        writeln!(
            f,
            "sandbox: {} jobs, {} rows, {} records created, {} rows rejected, {} requests",
            sandbox.jobs, sandbox.rows, sandbox.created, sandbox.rejected, sandbox.requests
        )?;
        for finding in verdict.findings() {
            writeln!(f, "WRONG: {finding}")?;
        }
        writeln!(f, "{flatness}")?;
        write!(
            f,
            "verdict: {} lost jobs, {} lost rows, {} doubled rows: {}",
            verdict.lost_jobs,
            verdict.lost_rows,
            verdict.doubled_rows,
            if self.is_ok() { "ok" } else { "FAILED" }
        )
    }
}

/// Formats calls as one line.
struct Traffic<'a>(&'a Calls);

impl fmt::Display for Traffic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calls {
            requests,
            retries,
            submits,
            polls,
        } = self.0;
        write!(f, "{requests} requests, {retries} of them retries; ")?;
        write!(
            f,
            "{} submits: {submits}; {} polls: {polls}",
            submits.count(),
            polls.count()
        )
    }
}

/// Formats counts by kind, the most frequent first.
struct Kinds<'a>(&'a BTreeMap<String, u64>);

impl fmt::Display for Kinds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.0.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        if kinds.is_empty() {
            return f.write_str("none");
        }
        for (at, (kind, count)) in kinds.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { "; " };
            write!(f, "{comma}{kind} {count}")?;
        }
        Ok(())
    }
}
