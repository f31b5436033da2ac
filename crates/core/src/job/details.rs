//! The details of a job in any state.

use jiff::Timestamp;

use super::{
    error::JobError,
    finding::{Finding, Findings},
    times::{Time, Times},
};

/// The details of a job in any state: its timestamps, and the deviations of its snapshot from the contract.
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
    pub(super) deviations: Findings,
    pub(super) error: Option<JobError>,
}

impl Details {
    /// Returns when the job was created; `None` if missing or unreadable.
    pub fn created_at(&self) -> Option<Timestamp> {
        self.times.created_at.as_ref().and_then(Time::timestamp)
    }

    /// Returns when the job was last updated; `None` if missing or unreadable.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.times.updated_at.as_ref().and_then(Time::timestamp)
    }

    /// Returns when the server deletes the job; `None` if missing or unreadable.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.times.expires_at.as_ref().and_then(Time::timestamp)
    }

    /// Returns the deviations of the snapshot from the contract, sorted by row and rule.
    ///
    /// Of the deviations of rows, only the first 1,000 are kept.
    pub fn deviations(&self) -> &[Finding] {
        &self.deviations.list
    }

    /// Returns the number of deviations, including those that are not kept.
    pub fn deviation_count(&self) -> u64 {
        self.deviations.count()
    }

    /// Returns the server's error. If the job has not failed, it is a deviation.
    pub fn error(&self) -> Option<&JobError> {
        self.error.as_ref()
    }
}
