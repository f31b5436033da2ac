//! Why something is no job.

use std::fmt;

use super::{Finding, Severity};
use crate::wire::{DecodeError, Snapshot};

/// A snapshot that cannot be true, with everything found in it.
///
/// `Display` names the contradictions in one line; the snapshot stays readable, so nothing is lost.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":null,"status":"processing","total":3}"#;
/// let refused = ImportJob::try_from(prism_imports_core::wire::Snapshot::from_slice(body)?).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "the snapshot contradicts itself: sync_unfinished",
/// );
/// # Ok::<(), prism_imports_core::wire::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    snapshot: Box<Snapshot>,
    findings: Vec<Finding>,
}

impl Contradiction {
    pub(crate) fn new(snapshot: Snapshot, findings: Vec<Finding>) -> Self {
        Self {
            snapshot: Box::new(snapshot),
            findings,
        }
    }

    /// Returns the snapshot as the server sent it.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Returns the snapshot, taken out of the error.
    pub fn into_snapshot(self) -> Snapshot {
        *self.snapshot
    }

    /// Returns everything that was found, deviations included, by row and rule.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Iterates over what cannot be true.
    pub fn contradictions(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.rule().severity() == Severity::Contradiction)
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot contradicts itself")?;
        for (nth, finding) in self.contradictions().take(SHOWN).enumerate() {
            f.write_str(if nth == 0 { ": " } else { "; " })?;
            finding.fmt(f)?;
        }
        match self.contradictions().count().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Contradiction {}

/// Why bytes are no job.
///
/// ```
/// use prism_imports_core::{ImportJob, ReadError};
///
/// assert!(matches!(ImportJob::from_slice(b"{}"), Err(ReadError::Decode(_))));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "bytes either are no snapshot or are one that cannot be true"
)]
pub enum ReadError {
    /// The bytes are no snapshot.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The snapshot cannot be true.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

/// Findings shown in a message: a broken import of a million rows still has to fit into a log line.
const SHOWN: usize = 5;
