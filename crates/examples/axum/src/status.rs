//! The status of an import, as callers see it.

use prism_imports::{IdempotencyKey, ImportJob, Summary};
use serde::Serialize;

use crate::{problem::Problem, stage::Stage};

/// The status of an import: the body of `GET /imports/{id}`, and the data of each event.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    /// The id of the import, which is the key of its submit.
    pub(crate) id: IdempotencyKey,
    /// What is known of the import.
    pub(crate) state: State,
    /// The job without its rows, once the server has answered.
    pub(crate) job: Option<Summary>,
    /// Why there is no progress, of the last request or of the end.
    pub(crate) error: Option<Problem>,
}

impl Status {
    /// The status of an import at a stage.
    pub(crate) fn new(id: IdempotencyKey, stage: &Stage) -> Self {
        let (state, job) = match stage {
            Stage::Submitting(_) => (State::Submitting, None),
            Stage::Started(_) => (State::Running, None),
            Stage::Watching(checkpoint) => {
                let job = checkpoint.poller().job().map(ImportJob::summary);
                (State::Running, job)
            }
        };
        Self {
            id,
            state,
            job,
            error: None,
        }
    }

    /// Returns `true` once the submit has succeeded, or has failed for the first time.
    pub(crate) fn is_answered(&self) -> bool {
        self.state != State::Submitting || self.error.is_some()
    }
}

/// What is known of an import.
///
/// ```text
/// Submitting ──> Running ──> Finished
///     │  └──────────│───────────^ a small import finishes at once
///     ├──> Refused  │
///     └──> Lost <───┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Stored, and sent until there is a response.
    Submitting,
    /// The job exists.
    Running,
    /// The job is complete, or has failed as a whole.
    Finished,
    /// The import was surely not started.
    Refused,
    /// The end is not known, and cannot be any more: the server has forgotten the key or the job.
    Lost,
}
