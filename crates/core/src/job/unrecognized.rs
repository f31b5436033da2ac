//! A job whose status is a word that this version does not know.

use super::{details::Details, id::JobId, progress::Progress};
use crate::wire::UnknownStatus;

/// A job in a state that this version does not know. It is polled on and never counts as finished.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let job = ImportJob::from_slice(br#"{"job_id":"j-1","status":"paused","total":3}"#)?;
/// assert!(!job.is_finished());
/// let ImportJob::Unrecognized(job) = job else { unreachable!() };
/// assert_eq!(job.status().as_str(), "paused");
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecognized {
    pub(super) id: JobId,
    pub(super) status: UnknownStatus,
    pub(super) progress: Progress,
    pub(super) details: Details,
}

impl Unrecognized {
    /// Returns the id to poll.
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Returns the server's word.
    pub fn status(&self) -> &UnknownStatus {
        &self.status
    }

    /// Returns how far the job has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Returns the job's times and deviations.
    pub fn details(&self) -> &Details {
        &self.details
    }
}
