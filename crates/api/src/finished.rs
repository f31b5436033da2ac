//! A finished import.

use prism_imports_core::{Complete, Failed, ImportJob, Progress};

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
