//! A job without its rows.

use jiff::Timestamp;
use serde::Serialize;

use super::{ImportJob, JobError, JobId, Progress};
use crate::wire::Status;

/// A job without its rows, to be serialized for a status page or a client of your own service.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let job = ImportJob::from_slice(br#"{"job_id":"j-1","status":"processing","total":4,"processed":1,"failed":0}"#)?;
/// let json = serde_json::to_value(job.summary()).unwrap();
/// assert_eq!(json["job_id"], "j-1");
/// assert_eq!(json["status"], "processing");
/// assert_eq!((&json["total"], &json["succeeded"]), (&4.into(), &1.into()));
/// assert_eq!(json["fraction"], 0.25);
/// assert!(json["error"].is_null() && json["expires_at"].is_null());
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    job_id: Option<JobId>,
    status: Status,
    #[serde(flatten)]
    progress: Progress,
    /// The fraction of processed rows; 1 if the job is complete.
    fraction: Option<f64>,
    error: Option<JobError>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl From<&ImportJob> for Summary {
    fn from(job: &ImportJob) -> Self {
        let (progress, details) = (job.progress(), job.details());
        Self {
            job_id: job.id().cloned(),
            status: job.status(),
            progress,
            fraction: progress.fraction(),
            error: job.error().cloned(),
            created_at: details.created_at(),
            updated_at: details.updated_at(),
            expires_at: details.expires_at(),
        }
    }
}
