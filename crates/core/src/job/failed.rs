//! A job that failed as a whole.

use super::{
    details::Details, error::JobError, id::JobId, progress::Progress, row::Row, tally::Tally,
};

/// A job that failed, with the server's error and the known progress.
///
/// Rows that were imported before the failure stay imported. [`Failed::rows`] returns those that the server lists.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":"j-1","status":"failed","total":3,"processed":1,"succeeded":1,
///     "error":{"code":"import_failed","message":"the list was deleted"}}"#;
/// let ImportJob::Failed(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// assert_eq!(job.error().unwrap().code(), Some("import_failed"));
/// assert_eq!(job.progress().failed(), Some(0));
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub(super) id: Option<JobId>,
    pub(super) progress: Progress,
    pub(super) tally: Tally,
    pub(super) rows: Option<Vec<Row>>,
    pub(super) details: Details,
}

impl Failed {
    /// Returns the job's id; `None` for a sync import.
    pub fn id(&self) -> Option<&JobId> {
        self.id.as_ref()
    }

    /// Returns the server's error, if there is one.
    pub fn error(&self) -> Option<&JobError> {
        self.details.error()
    }

    /// Returns the progress of the job.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Returns the number of rows by outcome. Rows without a result are unaccounted.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Returns the rows in the order of the results; `None` if there are no results.
    pub fn rows(&self) -> Option<&[Row]> {
        self.rows.as_deref()
    }

    /// Returns the timestamps and deviations of the job.
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// Consumes the job and returns its rows.
    pub fn into_rows(self) -> Option<Vec<Row>> {
        self.rows
    }

    /// Consumes the job and returns the server's error.
    pub fn into_error(self) -> Option<JobError> {
        self.details.error
    }
}
