//! What a watch tells.

use prism_imports_core::ImportJob;

use crate::error::Error;

/// One look of a watch.
///
/// ```
/// use prism_imports::{ImportJob, Update};
///
/// fn tell(update: &Update) -> String {
///     match update {
///         Update::Advanced(job) => job.progress().to_string(),
///         Update::Unchanged(_) | Update::Stale(_) => "no news".to_owned(),
///         Update::Fault(error) => format!("trying again after: {error}"),
///         _ => String::new(),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// The job moved, or is seen for the first time.
    Advanced(ImportJob),
    /// The job stands where it stood.
    Unchanged(ImportJob),
    /// The answer came from a replica that lags behind; holds the newer look.
    Stale(ImportJob),
    /// The look failed in a way that may pass; the watch goes on.
    Fault(Error),
}

impl Update {
    /// Returns the job as it is known now; `None` of a look that failed.
    pub fn job(&self) -> Option<&ImportJob> {
        match self {
            Self::Advanced(job) | Self::Unchanged(job) | Self::Stale(job) => Some(job),
            Self::Fault(_) => None,
        }
    }

    /// Returns the job, taken out.
    pub fn into_job(self) -> Option<ImportJob> {
        match self {
            Self::Advanced(job) | Self::Unchanged(job) | Self::Stale(job) => Some(job),
            Self::Fault(_) => None,
        }
    }
}
