//! The errors of reading a job.

use std::fmt;

use super::{Finding, Severity, finding::Findings};
use crate::wire::{DecodeError, Snapshot};

/// The error for a snapshot that contradicts itself, with all findings.
///
/// `Display` prints the contradictions on one line. The error contains the snapshot.
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
    pub(super) snapshot: Box<Snapshot>,
    findings: Findings,
}

impl Contradiction {
    pub(crate) fn new(snapshot: Snapshot, findings: Findings) -> Self {
        Self {
            snapshot: Box::new(snapshot),
            findings,
        }
    }

    /// Returns the snapshot as the server sent it.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Consumes the error and returns the snapshot.
    pub fn into_snapshot(self) -> Snapshot {
        *self.snapshot
    }

    /// Returns the findings, including deviations, sorted by row and rule.
    ///
    /// Of the findings of rows, which are deviations, only the first 1,000 are kept.
    pub fn findings(&self) -> &[Finding] {
        &self.findings.list
    }

    /// Returns the number of findings, including those that are not kept.
    pub fn finding_count(&self) -> u64 {
        self.findings.count()
    }

    /// Returns an iterator over the contradictions.
    pub fn contradictions(&self) -> impl Iterator<Item = &Finding> {
        self.findings()
            .iter()
            .filter(|finding| finding.severity() == Severity::Contradiction)
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

/// The error of reading a job from bytes.
///
/// ```
/// use prism_imports_core::{ImportJob, ReadError};
///
/// assert!(matches!(ImportJob::from_slice(b"{}"), Err(ReadError::Decode(_))));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "either decoding or validation fails"
)]
pub enum ReadError {
    /// The bytes are not a valid snapshot.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The snapshot contradicts itself.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

/// The maximum number of findings in a message, so that the message of an import of a million rows fits on a log line.
const SHOWN: usize = 5;
