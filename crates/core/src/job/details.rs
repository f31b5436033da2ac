//! The details of a job in any state.

use jiff::Timestamp;

use super::{
    error::JobError,
    finding::{Finding, Findings, Rule},
    times::{Time, read_time},
};
use crate::wire::Snapshot;

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
    pub(super) created_at: Option<Time>,
    pub(super) updated_at: Option<Time>,
    pub(super) expires_at: Option<Time>,
    pub(super) deviations: Findings,
    pub(super) error: Option<JobError>,
}

impl Details {
    /// Reads the details, and records timestamps that are unreadable or out of order.
    pub(super) fn read(snapshot: &Snapshot, found: &mut Findings) -> Self {
        let time = |text: &Option<String>| text.as_deref().map(read_time);
        let details = Self {
            created_at: time(&snapshot.created_at),
            updated_at: time(&snapshot.updated_at),
            expires_at: time(&snapshot.expires_at),
            deviations: Findings::default(),
            error: snapshot.error.as_ref().and_then(JobError::of),
        };
        for (name, time) in [
            ("created_at", &details.created_at),
            ("updated_at", &details.updated_at),
            ("expires_at", &details.expires_at),
        ] {
            match (time, &details.created_at) {
                (Some(Err(_)), _) => {
                    found.push(Finding::new(Rule::TimestampUnreadable, name));
                }
                (Some(Ok(time)), Some(Ok(created))) if time < created => {
                    let numbers = format_args!("{name} {time} is before created_at {created}");
                    found.push(Finding::new(Rule::TimestampOrder, numbers));
                }
                _ => {}
            }
        }
        details
    }

    /// Returns when the job was created; `None` if missing or unreadable.
    pub fn created_at(&self) -> Option<Timestamp> {
        self.created_at.as_ref()?.as_ref().ok().copied()
    }

    /// Returns when the job was last updated; `None` if missing or unreadable.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at.as_ref()?.as_ref().ok().copied()
    }

    /// Returns when the server deletes the job; `None` if missing or unreadable.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at.as_ref()?.as_ref().ok().copied()
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
