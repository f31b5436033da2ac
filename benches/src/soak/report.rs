//! What is printed.

use std::{collections::BTreeMap, fmt};

use prism_imports_sandbox::Stats;
use prism_imports_tests::load::{Account, Verdict};

use super::{Calls, Flatness, memory::mib};

/// One minute of the run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Minute<'a> {
    /// Which one, from 1.
    pub number: u16,
    /// The account as it stands.
    pub account: &'a Account,
    /// What went wrong in this minute, by kind.
    pub faults: BTreeMap<String, u64>,
    /// The calls of this minute.
    pub calls: &'a Calls,
    /// The resident memory, in bytes.
    pub memory: Option<u64>,
}

impl<'a> Minute<'a> {
    /// Makes the report of a minute; `before` is what had gone wrong before it.
    pub fn new(
        number: u16,
        account: &'a Account,
        before: &BTreeMap<String, u64>,
        calls: &'a Calls,
        memory: Option<u64>,
    ) -> Self {
        let faults = account.faults().iter().filter_map(|(kind, count)| {
            let new = count - before.get(kind).copied().unwrap_or(0);
            (new > 0).then(|| (kind.clone(), new))
        });
        Self {
            number,
            account,
            faults: faults.collect(),
            calls,
            memory,
        }
    }
}

impl fmt::Display for Minute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account;
        writeln!(
            f,
            "minute {}: {} jobs open, {} ended, {} imports done at once, {} rows accounted for; RSS {} MiB",
            self.number,
            account.open(),
            account.ends(),
            account.at_once(),
            account.rows(),
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
    /// The client's account.
    pub account: &'a Account,
    /// The sandbox's own.
    pub sandbox: Stats,
    /// All calls.
    pub calls: &'a Calls,
    /// What the two accounts come to.
    pub verdict: Verdict,
    /// Whether memory stood still.
    pub flatness: Flatness,
}

impl<'a> Total<'a> {
    /// Makes the report of a run that has ended.
    pub fn new(account: &'a Account, sandbox: Stats, calls: &'a Calls, flatness: Flatness) -> Self {
        Self {
            account,
            verdict: account.verdict(&sandbox),
            sandbox,
            calls,
            flatness,
        }
    }

    /// Tells whether nothing was lost or doubled and memory did not grow.
    pub fn is_sound(&self) -> bool {
        self.verdict.is_even() && !matches!(self.flatness, Flatness::Grows { .. })
    }
}

impl fmt::Display for Total<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account,
            sandbox,
            calls,
            verdict,
            flatness,
        } = self;
        writeln!(
            f,
            "in all: {} jobs ({} failed as a whole) and {} imports at once, {} rows, {} of them in jobs that failed; {} replays",
            account.ends(),
            account.failed(),
            account.at_once(),
            account.rows(),
            account.untold().rows(),
            account.replays(),
        )?;
        writeln!(f, "  {}", Traffic(calls))?;
        writeln!(f, "  errors: {}", Kinds(account.faults()))?;
        writeln!(
            f,
            "the sandbox: {} jobs, {} rows, {} records made, {} rows rejected, {} requests",
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
            if self.is_sound() {
                "sound"
            } else {
                "NOT SOUND"
            }
        )
    }
}

/// Calls in a line.
struct Traffic<'a>(&'a Calls);

impl fmt::Display for Traffic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calls {
            requests,
            retries,
            submits,
            looks,
        } = self.0;
        write!(f, "{requests} requests, {retries} of them retries; ")?;
        write!(
            f,
            "{} submits: {submits}; {} looks: {looks}",
            submits.count(),
            looks.count()
        )
    }
}

/// Counts by kind, the most frequent first.
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
