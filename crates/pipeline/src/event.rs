//! What happens in a run.

use prism_imports::{Error, JobId};

use crate::report::Report;

/// Something that happened in a run. Imports are named by their number in the journal.
///
/// ```
/// use prism_imports_pipeline::Event;
///
/// fn line(event: &Event) -> Option<String> {
///     match event {
///         Event::Progress { report, running, .. } => {
///             let over = report.rows() - report.pending() + running;
///             Some(format!("{over} of {} rows", report.rows()))
///         }
///         Event::Fault { import, error } => Some(format!("import {import}: {error}")),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// An import is sent: its key is stored.
    Sending {
        /// The import.
        import: i64,
        /// Its rows.
        rows: u64,
    },
    /// The server carries the import out in the background.
    Started {
        /// The import.
        import: i64,
        /// Its job.
        job: JobId,
    },
    /// The server refused an import as too large, and its halves are sent.
    Split {
        /// The import.
        import: i64,
    },
    /// An import is over.
    Done {
        /// The import.
        import: i64,
    },
    /// The server refused an import, or its outcome cannot be found out.
    Refused {
        /// The import.
        import: i64,
        /// Why.
        error: Error,
    },
    /// A request failed, and is sent again.
    Fault {
        /// The import.
        import: i64,
        /// Why.
        error: Error,
    },
    /// The run advanced. It is emitted ten times a second at most, and at the end of the run.
    Progress {
        /// The tally of the imports that are over.
        report: Report,
        /// The rows of jobs under way that the server has processed. They are `pending` in the tally.
        running: u64,
        /// The requests that were sent so far, by this run alone.
        requests: u64,
    },
    /// Nothing more is sent.
    Stopping(StopReason),
}

/// Why a run stopped before its end. It can be resumed.
///
/// ```
/// use prism_imports_pipeline::StopReason;
///
/// assert_eq!(StopReason::Requested.to_string(), "it was asked to stop");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StopReason {
    /// The caller has asked for it.
    Requested,
    /// The limit of requests is reached.
    Requests,
    /// Several imports in a row got no usable answer. The last error.
    Unavailable(Error),
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Requested => f.write_str("it was asked to stop"),
            Self::Requests => f.write_str("the limit of requests is reached"),
            Self::Unavailable(error) => write!(f, "the server is not available: {error}"),
        }
    }
}
