//! A job in progress.

use super::{details::Details, id::JobId, progress::Progress};

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

    /// Returns the progress of the job.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Returns the timestamps and deviations of the job.
    pub fn details(&self) -> &Details {
        &self.details
    }
}
