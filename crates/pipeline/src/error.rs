//! Errors of the pipeline.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A file of rows that cannot be read. The message names the file and the line, and never a value.
///
/// ```
/// use prism_imports::ObjectType;
/// use prism_imports_pipeline::{Plan, Settings};
///
/// let error = Plan::of("no such file.csv", Settings::new(ObjectType::Contact)).unwrap_err();
/// assert!(error.to_string().starts_with("no such file.csv: "));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct InputError {
    path: PathBuf,
    reason: String,
    #[source]
    source: Option<io::Error>,
}

impl InputError {
    pub(crate) fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            reason: reason.into(),
            source: None,
        }
    }

    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            reason: error.to_string(),
            source: Some(error),
        }
    }

    /// The error of reading after a line began.
    pub(crate) fn io_at(path: &Path, line: u64, error: io::Error) -> Self {
        Self {
            reason: format!("line {line}: {error}"),
            ..Self::io(path, error)
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Why a run could not begin or go on. What the journal holds is not lost: the run can be resumed.
///
/// ```
/// use prism_imports_pipeline::{Journal, PipelineError};
///
/// let error = Journal::open("no such file.journal").unwrap_err();
/// assert!(matches!(error, PipelineError::Journal { .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The file of rows cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The file of rows is not the one that the journal is about.
    #[error("{}: {reason}", path.display())]
    Changed {
        /// The file of rows.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The journal cannot be opened or written.
    #[error("{}: {reason}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The error of `SQLite` or of the file system.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The server refuses every request of the run: the key, the team, a certificate, a setting. Nothing more is sent.
    #[error("the run was stopped: {0}")]
    Refused(#[source] Box<prism_imports::Error>),
}
