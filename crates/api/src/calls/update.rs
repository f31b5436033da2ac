//! The items of a watch, and its end.

use prism_imports_core::{Complete, Failed, ImportJob, Progress};

use crate::error::Error;

/// The result of one poll of a watch.
///
/// ```
/// use prism_imports::Update;
///
/// fn is_news(update: &Update) -> bool {
///     matches!(update, Update::Advanced(_) | Update::Finished(_))
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Update {
    /// The job advanced, or is seen for the first time.
    Advanced(ImportJob),
    /// The job is as it was.
    Unchanged(ImportJob),
    /// The response came from a replica that lags behind; holds the newer snapshot.
    Stale(ImportJob),
    /// The job is complete, and its results are not there yet; the watch polls on for
    /// [some time](crate::Watch::results_grace).
    ResultsPending(ImportJob),
    /// The poll failed in a way that may be temporary; the watch goes on.
    Fault(Error),
    /// The job is finished: the last item.
    Finished(Finished),
}

impl Update {
    /// Returns the job, unless the poll failed or this is the [last item](Self::Finished).
    pub fn job(&self) -> Option<&ImportJob> {
        match self {
            Self::Advanced(job)
            | Self::Unchanged(job)
            | Self::Stale(job)
            | Self::ResultsPending(job) => Some(job),
            Self::Fault(_) | Self::Finished(_) => None,
        }
    }

    /// Returns the stable name for logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Advanced(_) => "advanced",
            Self::Unchanged(_) => "unchanged",
            Self::Stale(_) => "stale",
            Self::ResultsPending(_) => "results_pending",
            Self::Fault(_) => "fault",
            Self::Finished(_) => "finished",
        }
    }

    pub(crate) fn fault(&self) -> Option<&Error> {
        if let Self::Fault(error) = self {
            Some(error)
        } else {
            None
        }
    }

    /// Returns how far the job is, unless the poll failed.
    pub fn progress(&self) -> Option<Progress> {
        let of_job = self.job().map(ImportJob::progress);
        of_job.or_else(|| self.finished().map(Finished::progress))
    }

    /// Returns the job, consuming the update.
    pub fn into_job(self) -> Option<ImportJob> {
        match self {
            Self::Advanced(job)
            | Self::Unchanged(job)
            | Self::Stale(job)
            | Self::ResultsPending(job) => Some(job),
            Self::Finished(end) => Some(end.into()),
            Self::Fault(_) => None,
        }
    }

    /// Returns the finished job of the last item.
    pub fn finished(&self) -> Option<&Finished> {
        if let Self::Finished(end) = self {
            Some(end)
        } else {
            None
        }
    }
}

/// A finished import, which does not change any more.
///
/// Rows that failed do not make an import fail: see [`Complete::tally`], or turn them into an error with
/// [`Complete::into_result`].
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use prism_imports::Finished;
///
/// match imports.wait("b5f1").await? {
///     Finished::Complete(job) => println!("{} rows failed", job.failed_rows().count()),
///     Finished::Failed(job) => println!("failed after {}", job.progress()),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a finished job is one or the other"
)]
pub enum Finished {
    /// Every row was attempted.
    Complete(Complete),
    /// The import failed as a whole.
    Failed(Failed),
}

impl Finished {
    /// Returns how far the import got.
    pub fn progress(&self) -> Progress {
        match self {
            Self::Complete(job) => job.progress(),
            Self::Failed(job) => job.progress(),
        }
    }

    /// Returns the name of the state.
    pub(crate) const fn status(&self) -> &'static str {
        match self {
            Self::Complete(_) => "complete",
            Self::Failed(_) => "failed",
        }
    }
}

impl TryFrom<ImportJob> for Finished {
    type Error = ImportJob;

    /// Converts a finished job, or returns an unfinished one unchanged.
    fn try_from(job: ImportJob) -> Result<Self, ImportJob> {
        match job {
            ImportJob::Complete(job) => Ok(Self::Complete(job)),
            ImportJob::Failed(job) => Ok(Self::Failed(job)),
            ImportJob::Processing(_) | ImportJob::Unrecognized(_) => Err(job),
        }
    }
}

impl From<Finished> for ImportJob {
    fn from(end: Finished) -> Self {
        match end {
            Finished::Complete(job) => Self::Complete(job),
            Finished::Failed(job) => Self::Failed(job),
        }
    }
}
