//! What is true of a job in any state.

use jiff::Timestamp;

use super::{
    error::JobError,
    finding::Finding,
    times::{Time, Times},
};

/// What is known of a job in any state: its times, and how its snapshot departed from the contract.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let job = ImportJob::from_slice(
///     br#"{"job_id":"j-1","status":"processing","total":3,"expires_at":"2026-01-08T00:00:00Z"}"#,
/// )?;
/// assert_eq!(job.details().expires_at(), "2026-01-08T00:00:00Z".parse().ok());
/// assert!(job.details().deviations().is_empty());
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub(super) times: Times,
    pub(super) deviations: Vec<Finding>,
    pub(super) stray_error: Option<JobError>,
}

impl Details {
    /// Returns when the job was created; `None` when not given or unreadable.
    pub fn created_at(&self) -> Option<Timestamp> {
        self.times.created_at.as_ref().and_then(Time::timestamp)
    }

    /// Returns when the job last moved; `None` when not given or unreadable.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.times.updated_at.as_ref().and_then(Time::timestamp)
    }

    /// Returns when the server forgets the job; `None` when not given or unreadable.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.times.expires_at.as_ref().and_then(Time::timestamp)
    }

    /// Returns how the snapshot departed from the contract, by row and rule.
    pub fn deviations(&self) -> &[Finding] {
        &self.deviations
    }

    /// Returns the error that came with a job which has not failed, itself a deviation.
    pub fn stray_error(&self) -> Option<&JobError> {
        self.stray_error.as_ref()
    }
}
