//! The log of a run and its violations.

use std::{
    collections::BTreeMap,
    fmt::Display,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::tally::Tally;

/// A handle to the log of a run. All hosts write to it.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Arc<Mutex<Log>>);

/// The contents of a [`History`].
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    pub(super) violations: Vec<String>,
    pub(super) tally: Tally,
    /// The number of submits that arrived with each key.
    arrived: BTreeMap<String, u64>,
    now: Duration,
}

impl History {
    /// Logs an event with the current time.
    pub(super) fn note(&self, line: impl Display) {
        let mut log = self.0.lock().unwrap();
        let now = turmoil::sim_elapsed().unwrap_or(log.now);
        log.lines.push(format!("{:9.3}  {line}", now.as_secs_f64()));
    }

    /// Logs a violation.
    pub(super) fn violate(&self, line: impl Display) {
        self.note(format_args!("VIOLATION {line}"));
        let mut log = self.0.lock().unwrap();
        let line = log.lines.last().unwrap().clone();
        log.violations.push(line);
    }

    /// Logs a violation unless `holds` is `true`.
    pub(super) fn check(&self, holds: bool, line: impl Display) {
        if !holds {
            self.violate(line);
        }
    }

    /// Changes the tally.
    pub(super) fn count(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.0.lock().unwrap().tally);
    }

    /// Counts a submit that arrived with a key.
    pub(super) fn arrive(&self, key: &str) {
        let mut log = self.0.lock().unwrap();
        *log.arrived.entry(key.to_owned()).or_default() += 1;
    }

    /// Returns the number of submits that arrived with a key.
    pub(super) fn arrived(&self, key: &str) -> u64 {
        let log = self.0.lock().unwrap();
        log.arrived.get(key).copied().unwrap_or_default()
    }

    /// Sets the time of events that are logged outside of hosts.
    pub(super) fn set_now(&self, now: Duration) {
        self.0.lock().unwrap().now = now;
    }

    /// Returns a copy of the log.
    pub(super) fn read(&self) -> Log {
        self.0.lock().unwrap().clone()
    }
}

impl Log {
    /// Returns a digest of the log. Equal runs have equal digests.
    pub(super) fn digest(&self) -> u64 {
        let mut digest = DefaultHasher::new();
        self.lines.hash(&mut digest);
        digest.finish()
    }
}
