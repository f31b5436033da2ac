//! The states of an unfinished job.

use super::{details::Details, id::JobId, progress::Progress};
use crate::wire::UnknownStatus;

/// A job in progress. It has an id and progress, but no rows yet.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":"j-1","status":"processing","total":3,"processed":1}"#;
/// let ImportJob::Processing(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// assert_eq!(job.id().as_str(), "j-1");
/// assert_eq!(job.progress().processed(), Some(1));
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processing {
    pub(super) id: JobId,
    pub(super) progress: Progress,
    pub(super) details: Details,
}

impl Processing {
    /// Returns the job id.
    pub fn id(&self) -> &JobId {
        &self.id
    }
}

/// A job with a status that this version does not know. It is polled like a job in progress.
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
    /// Returns the job id.
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Returns the status that the server sent.
    pub fn status(&self) -> &UnknownStatus {
        &self.status
    }
}
