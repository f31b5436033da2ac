//! The updates of a watch.

use prism_imports_core::ImportJob;

use crate::error::Error;

/// One poll result of a watch.
///
/// ```
/// use prism_imports::{ImportJob, Update};
///
/// fn describe(update: &Update) -> String {
///     match update {
///         Update::Advanced(job) => job.progress().to_string(),
///         Update::Unchanged(_) | Update::Stale(_) => "unchanged".to_owned(),
///         Update::Fault(error) => format!("retrying after: {error}"),
///         _ => String::new(),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// The job advanced, or was seen for the first time.
    Advanced(ImportJob),
    /// The job is unchanged.
    Unchanged(ImportJob),
    /// The answer came from a lagging replica. The value is the newer state that was seen before.
    Stale(ImportJob),
    /// The poll failed with a transient error; the watch continues.
    Fault(Error),
}

impl Update {
    /// Returns the latest state of the job; `None` if the poll failed.
    pub fn job(&self) -> Option<&ImportJob> {
        match self {
            Self::Advanced(job) | Self::Unchanged(job) | Self::Stale(job) => Some(job),
            Self::Fault(_) => None,
        }
    }

    /// Converts the update into the job; `None` if the poll failed.
    pub fn into_job(self) -> Option<ImportJob> {
        match self {
            Self::Advanced(job) | Self::Unchanged(job) | Self::Stale(job) => Some(job),
            Self::Fault(_) => None,
        }
    }
}
