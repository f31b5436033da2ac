//! A job that attempted every row.

use std::fmt;

use super::{
    counts::Counts,
    details::Details,
    id::JobId,
    progress::{Grouped, Progress},
    row::Row,
    tally::Tally,
};

/// A job that attempted every row. Rows that failed are data here, not an error.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":"j-1","status":"complete","total":2,"succeeded":1,"failed":1,"results":[
///     {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"error":{"code":"invalid_email"}}]}"#;
/// let ImportJob::Complete(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// assert_eq!(job.counts().unwrap().failed(), 1);
/// assert_eq!(job.failed_rows().next().unwrap().index(), Some(1));
/// let error = job.into_result().unwrap_err();
/// assert_eq!(error.to_string(), "1 of 2 rows failed");
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    pub(super) id: Option<JobId>,
    pub(super) total: u64,
    pub(super) counts: Option<Counts>,
    pub(super) tally: Tally,
    pub(super) rows: Option<Vec<Row>>,
    pub(super) details: Details,
}

impl Complete {
    /// Returns the job's id; `None` for a sync import.
    pub fn id(&self) -> Option<&JobId> {
        self.id.as_ref()
    }

    /// Returns the number of rows in the import.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the counters; `None` when the server gave neither counters nor results.
    pub fn counts(&self) -> Option<Counts> {
        self.counts
    }

    /// Returns how far the job came: all the way.
    pub fn progress(&self) -> Progress {
        Progress::complete(self.total, self.counts)
    }

    /// Returns where every row went, by the results: without results every row is unaccounted.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Returns the rows in the server's order; `None` when it lists no results.
    pub fn rows(&self) -> Option<&[Row]> {
        self.rows.as_deref()
    }

    /// Iterates over the rows that failed.
    pub fn failed_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten().filter(|row| row.is_failed())
    }

    /// Returns the job's times and deviations.
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// Takes the rows out of the job.
    pub fn into_rows(self) -> Option<Vec<Row>> {
        self.rows
    }

    /// Makes an error of a job with failed rows, for those to whom one failed row fails the import.
    ///
    /// # Errors
    ///
    /// [`FailedRows`], which holds the job, when a row failed by the counters or by the results.
    pub fn into_result(self) -> Result<Self, FailedRows> {
        match self.failed() {
            0 => Ok(self),
            _ => Err(FailedRows(Box::new(self))),
        }
    }

    fn failed(&self) -> u64 {
        self.counts
            .map_or(self.tally.failed(), |counts| counts.failed())
    }
}

/// A complete job some of whose rows failed.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRows(Box<Complete>);

impl FailedRows {
    /// Returns the job.
    pub fn job(&self) -> &Complete {
        &self.0
    }

    /// Returns the job, taken out of the error.
    pub fn into_job(self) -> Complete {
        *self.0
    }
}

impl fmt::Display for FailedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} rows failed",
            Grouped(self.0.failed()),
            Grouped(self.0.total)
        )
    }
}

impl std::error::Error for FailedRows {}
