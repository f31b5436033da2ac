//! Counters.

use std::num::NonZeroU32;

use crate::engine::Outcome;

/// Counters since the sandbox was built.
///
/// ```
/// use prism_imports_sandbox::Sandbox;
///
/// let sandbox = Sandbox::builder().build()?;
/// assert_eq!(sandbox.stats().jobs, 0);
/// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests, rejected ones included, without those for the page.
    pub requests: u64,
    /// Submits that were processed, without those that were rejected for their key or team or answered by a fault.
    pub submits: u64,
    /// Polls that were processed.
    pub polls: u64,
    /// Jobs that were started. A replay starts no job.
    pub jobs: u32,
    /// Rows that were imported.
    pub rows: u64,
    /// Rows that created a record.
    pub created: u64,
    /// Rows that were rejected.
    pub rejected: u64,
}

impl Stats {
    /// Counts the rows of an import.
    pub(crate) fn count(&mut self, rows: &[Outcome]) {
        for row in rows {
            let kind = match row {
                Outcome::Created(_) => Some(&mut self.created),
                Outcome::Rejected(_) => Some(&mut self.rejected),
                Outcome::Existing(_) | Outcome::Updated(_) => None,
            };
            if let Some(kind) = kind {
                *kind = kind.saturating_add(1);
            }
            self.rows = self.rows.saturating_add(1);
        }
    }

    /// Counts a job and returns its ordinal.
    pub(crate) fn start_job(&mut self) -> NonZeroU32 {
        let ordinal = NonZeroU32::MIN.saturating_add(self.jobs);
        self.jobs = ordinal.get();
        ordinal
    }
}
