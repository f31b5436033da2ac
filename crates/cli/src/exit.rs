//! The exit codes of the command.

use std::{fmt, process::ExitCode};

use prism_imports::{Error, ErrorKind};
use prism_imports_pipeline::{InputError, PipelineError, Report};

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All rows are imported.
    Done = 0,
    /// Some rows failed or could not be read.
    Failed = 1,
    /// The arguments or the file cannot be used.
    Usage = 2,
    /// The outcome of some rows cannot be found out.
    Unknown = 3,
    /// It stopped before its end, and can be resumed.
    Stopped = 4,
    /// The server refuses every request.
    Refused = 5,
}

impl Exit {
    /// Returns the exit code of a tally.
    pub(crate) fn of(report: &Report) -> Self {
        if report.pending() > 0 {
            Self::Stopped
        } else if report.unknown() > 0 {
            Self::Unknown
        } else if report.is_complete() {
            Self::Done
        } else {
            Self::Failed
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        let code = match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Stopped => 4,
            Exit::Refused => 5,
        };
        code.into()
    }
}

/// A message for the standard error, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::usage(error)
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let exit = if matches!(error, PipelineError::Refused(_)) {
            Exit::Refused
        } else {
            Exit::Usage
        };
        Self {
            exit,
            message: error.to_string(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds may become more")]
        let exit = match error.kind() {
            ErrorKind::Argument | ErrorKind::Config => Exit::Usage,
            _ if error.is_retryable() => Exit::Stopped,
            _ => Exit::Refused,
        };
        Self {
            exit,
            message: error.to_string(),
        }
    }
}
