//! The states of a finished job.

use super::{
    details::Details,
    error::JobError,
    id::JobId,
    progress::{Grouped, Progress},
    row::Row,
    tally::Tally,
};

/// A job that processed every row. Failed rows are data, not an error.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":"j-1","status":"complete","total":2,"succeeded":1,"failed":1,"results":[
///     {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"error":{"code":"invalid_email"}}]}"#;
/// let ImportJob::Complete(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// assert_eq!(job.progress().failed(), Some(1));
/// assert_eq!(job.failed_rows().next().unwrap().index(), Some(1));
/// let error = job.into_result().unwrap_err();
/// assert_eq!(error.to_string(), "1 of 2 rows failed");
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    pub(super) id: Option<JobId>,
    pub(super) progress: Progress,
    pub(super) tally: Tally,
    pub(super) rows: Option<Vec<Row>>,
    pub(super) details: Details,
}

impl Complete {
    /// Returns the number of rows in the import.
    pub fn total(&self) -> u64 {
        self.progress.total()
    }

    /// Returns an iterator over the failed rows.
    pub fn failed_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten().filter(|row| row.is_failed())
    }

    /// Converts a job with failed rows to an error, for callers that treat a failed row as a failed import.
    ///
    /// # Errors
    ///
    /// Returns [`FailedRows`], which contains the job, if the counters or the results report a failed row.
    pub fn into_result(self) -> Result<Self, FailedRows> {
        match self.failed() {
            0 => Ok(self),
            _ => Err(FailedRows(Box::new(self))),
        }
    }

    fn failed(&self) -> u64 {
        self.progress.failed().unwrap_or(self.tally.failed())
    }
}

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
    /// Returns the server's error, if there is one.
    pub fn error(&self) -> Option<&JobError> {
        self.details.error()
    }

    /// Consumes the job and returns the server's error.
    pub fn into_error(self) -> Option<JobError> {
        self.details.error
    }
}

/// Implements what both finished states have.
macro_rules! impl_finished {
    ($($state:ident),*) => {$(
        impl $state {
            /// Returns the job's id; `None` for a sync import.
            pub fn id(&self) -> Option<&JobId> {
                self.id.as_ref()
            }

            /// Returns the number of rows by outcome. Rows without a result are unaccounted.
            pub fn tally(&self) -> Tally {
                self.tally
            }

            /// Returns the rows in the order of the results; `None` if there are no results.
            pub fn rows(&self) -> Option<&[Row]> {
                self.rows.as_deref()
            }

            /// Consumes the job and returns its rows.
            pub fn into_rows(self) -> Option<Vec<Row>> {
                self.rows
            }
        }
    )*};
}

impl_finished!(Complete, Failed);

/// The error for a complete job with failed rows.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":null,"status":"complete","total":1,"succeeded":0,"failed":1,"results":[{"error":"no"}]}"#;
/// let ImportJob::Complete(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// let error = job.into_result().unwrap_err();
/// assert_eq!(error.into_job().tally().failed(), 1);
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of {} rows failed", Grouped(self.0.failed()), Grouped(self.0.total()))]
pub struct FailedRows(Box<Complete>);

impl FailedRows {
    /// Returns the job.
    pub fn job(&self) -> &Complete {
        &self.0
    }

    /// Consumes the error and returns the job.
    pub fn into_job(self) -> Complete {
        *self.0
    }
}
