//! What an application keeps in its database: all that is left of it after a crash.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use prism_imports::{Account, Finished};

use super::weather::Spec;

/// The imports of one client.
#[derive(Clone, Debug)]
pub(super) struct Store(Arc<Mutex<Vec<Record>>>);

/// One import.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) spec: Spec,
    /// Stored before the first submit.
    pub(super) key: Option<String>,
    pub(super) stage: Stage,
    /// When its watch must be over, since the run began.
    pub(super) watch_end: Duration,
    /// Whether every submit so far surely came to nothing.
    pub(super) untaken: bool,
}

/// How far an import is.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    Planned,
    /// Submitted under the key; what became of it is not known.
    Open,
    /// The handle, as text.
    Started(String),
    /// The checkpoint of its watch, as JSON.
    Watched(String),
    Ended(End),
}

/// How an import ended, by the client's account.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Complete(Account),
    Failed { total: u64, processed: Option<u64> },
}

impl Store {
    pub(super) fn new(imports: &[Spec]) -> Self {
        let records = imports.iter().map(|spec| Record {
            spec: spec.clone(),
            key: None,
            stage: Stage::Planned,
            watch_end: Duration::ZERO,
            untaken: true,
        });
        Self(Arc::new(Mutex::new(records.collect())))
    }

    /// Returns a copy of everything.
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

    /// Tells whether every import has ended.
    pub(super) fn is_done(&self) -> bool {
        let records = self.0.lock().unwrap();
        records
            .iter()
            .all(|record| matches!(record.stage, Stage::Ended(_)))
    }
}

impl From<&Finished> for End {
    fn from(end: &Finished) -> Self {
        match end {
            Finished::Complete(job) => Self::Complete(job.account()),
            Finished::Failed(job) => Self::Failed {
                total: job.progress().total(),
                processed: job.progress().processed(),
            },
        }
    }
}
