//! What happened in a run, and what must not have.

use std::{
    collections::BTreeMap,
    fmt::Display,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::tally::Tally;

/// The log of one run, which all hosts write to.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Arc<Mutex<Pages>>);

/// What stands in a [`History`].
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    pub(super) lines: Vec<String>,
    pub(super) violations: Vec<String>,
    pub(super) tally: Tally,
    /// How many submits arrived under each key.
    arrived: BTreeMap<String, u64>,
    now: Duration,
}

impl History {
    /// Notes what happened now.
    pub(super) fn note(&self, line: impl Display) {
        let mut pages = self.0.lock().unwrap();
        let now = turmoil::sim_elapsed().unwrap_or(pages.now);
        pages
            .lines
            .push(format!("{:9.3}  {line}", now.as_secs_f64()));
    }

    /// Notes what must not happen.
    pub(super) fn violate(&self, line: impl Display) {
        self.note(format_args!("VIOLATION {line}"));
        let mut pages = self.0.lock().unwrap();
        let line = pages.lines.last().unwrap().clone();
        pages.violations.push(line);
    }

    /// Notes a violation unless something holds.
    pub(super) fn check(&self, holds: bool, line: impl Display) {
        if !holds {
            self.violate(line);
        }
    }

    /// Counts something.
    pub(super) fn count(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.0.lock().unwrap().tally);
    }

    /// Notes that a submit arrived under a key.
    pub(super) fn arrive(&self, key: &str) {
        let mut pages = self.0.lock().unwrap();
        *pages.arrived.entry(key.to_owned()).or_default() += 1;
    }

    /// Returns how many submits arrived under a key.
    pub(super) fn arrived(&self, key: &str) -> u64 {
        let pages = self.0.lock().unwrap();
        pages.arrived.get(key).copied().unwrap_or_default()
    }

    /// Sets the time for notes that no host makes.
    pub(super) fn set_now(&self, now: Duration) {
        self.0.lock().unwrap().now = now;
    }

    /// Returns everything so far.
    pub(super) fn read(&self) -> Pages {
        self.0.lock().unwrap().clone()
    }
}

impl Pages {
    /// Returns a digest of the log: two runs with one digest are the same run.
    pub(super) fn digest(&self) -> u64 {
        let mut digest = DefaultHasher::new();
        self.lines.hash(&mut digest);
        digest.finish()
    }
}
