//! The database of an application, which survives crashes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use prism_imports::{Finished, Tally};

use super::weather::Spec;

/// The imports of one client.
#[derive(Clone, Debug)]
pub(super) struct Store(Arc<Mutex<Vec<Record>>>);

/// One import.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) spec: Spec,
    /// The idempotency key, stored before the first submit.
    pub(super) key: Option<String>,
    pub(super) state: ImportState,
    /// The deadline of the watch, relative to the start of the run.
    pub(super) watch_end: Duration,
    /// Whether all submits so far are known to have committed nothing.
    pub(super) uncommitted: bool,
}

/// The state of an import.
#[derive(Clone, Debug)]
pub(super) enum ImportState {
    Planned,
    /// Submitted with the key, with an unknown outcome.
    Submitted,
    /// Started, with the handle as text.
    Started(String),
    /// Watched, with the checkpoint as JSON.
    Watched(String),
    Ended(End),
}

/// The end of an import as the client saw it.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Complete(Tally),
    Failed { total: u64, processed: Option<u64> },
}

impl Store {
    pub(super) fn new(imports: &[Spec]) -> Self {
        let records = imports.iter().map(|spec| Record {
            spec: spec.clone(),
            key: None,
            state: ImportState::Planned,
            watch_end: Duration::ZERO,
            uncommitted: true,
        });
        Self(Arc::new(Mutex::new(records.collect())))
    }

    /// Returns a copy of all records.
    pub(super) fn read(&self) -> Vec<Record> {
        self.0.lock().unwrap().clone()
    }

    /// Returns a copy of one record.
    pub(super) fn get(&self, import: usize) -> Record {
        self.0.lock().unwrap()[import].clone()
    }

    /// Changes one record.
    pub(super) fn change(&self, import: usize, change: impl FnOnce(&mut Record)) {
        change(&mut self.0.lock().unwrap()[import]);
    }

    /// Returns `true` if every import has ended.
    pub(super) fn is_done(&self) -> bool {
        let records = self.0.lock().unwrap();
        records
            .iter()
            .all(|record| matches!(record.state, ImportState::Ended(_)))
    }
}

impl From<&Finished> for End {
    fn from(end: &Finished) -> Self {
        match end {
            Finished::Complete(job) => Self::Complete(job.tally()),
            Finished::Failed(job) => Self::Failed {
                total: job.progress().total(),
                processed: job.progress().processed(),
            },
        }
    }
}
