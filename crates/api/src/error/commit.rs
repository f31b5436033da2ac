//! Whether a submit that failed may have started an import.

use std::fmt;

use prism_imports_transport::CallReport;

/// Whether a submit that failed may have started an import all the same.
///
/// ```
/// use prism_imports::Commit;
///
/// fn next_step(commit: Commit) -> &'static str {
///     match commit {
///         Commit::NotCommitted => "correct the cause and submit again",
///         Commit::Committed => "the import exists; do not submit again",
///         Commit::Unknown => "submit again within 24 hours, with the same key and rows",
///     }
/// }
/// assert!(next_step(Commit::Unknown).contains("same key"));
/// assert_eq!(Commit::NotCommitted.to_string(), "not committed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller who decides what to do next must see every case"
)]
pub enum Commit {
    /// The server surely did not start the import.
    NotCommitted,
    /// The server surely started the import, though its response could not be used.
    Committed,
    /// Not known: submit again with the same key and rows.
    Unknown,
}

impl Commit {
    /// Returns what is known from the requests of a call that has no result.
    pub(crate) fn of(report: &CallReport) -> Self {
        match (report.accepted(), report.unrefused()) {
            (0, 0) => Self::NotCommitted,
            (0, _) => Self::Unknown,
            _ => Self::Committed,
        }
    }

    /// Returns the stable name for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotCommitted => "not_committed",
            Self::Committed => "committed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCommitted => "not committed",
            Self::Committed => "committed",
            Self::Unknown => "unknown whether committed",
        })
    }
}
