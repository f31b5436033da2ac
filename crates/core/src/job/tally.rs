//! The number of rows of an import by outcome.

use serde::{Deserialize, Serialize};

use super::row::Outcome;

/// The number of rows of a finished job by outcome. Each row is counted exactly once, so the numbers add up to the total.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let body = br#"{"job_id":"j-1","status":"complete","total":2,"succeeded":1,"failed":1,"results":[
///     {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"error":{"code":"invalid_email"}}]}"#;
/// let ImportJob::Complete(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// let tally = job.tally();
/// assert_eq!((tally.created(), tally.failed(), tally.unaccounted()), (1, 1, 0));
/// assert_eq!(tally.total(), 2);
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tally {
    created: u64,
    updated: u64,
    existing: u64,
    failed: u64,
    unspecified: u64,
    unaccounted: u64,
}

impl Tally {
    pub(super) fn add(&mut self, outcome: Outcome<'_>) {
        let count = match outcome {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Existing => &mut self.existing,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::Unspecified => &mut self.unspecified,
        };
        *count = count.saturating_add(1);
    }

    /// Counts the rows of `total` without a result as unaccounted.
    pub(super) fn of_total(self, total: u64) -> Self {
        let unaccounted = total.saturating_sub(self.total());
        Self {
            unaccounted,
            ..self
        }
    }

    /// Returns the number of rows that created a record.
    pub fn created(&self) -> u64 {
        self.created
    }

    /// Returns the number of rows that updated an existing record.
    pub fn updated(&self) -> u64 {
        self.updated
    }

    /// Returns the number of rows that matched an existing record and left it unchanged.
    pub fn existing(&self) -> u64 {
        self.existing
    }

    /// Returns the number of rows that were rejected.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the number of rows that succeeded without a reported outcome.
    pub fn unspecified(&self) -> u64 {
        self.unspecified
    }

    /// Returns the number of rows without a result.
    pub fn unaccounted(&self) -> u64 {
        self.unaccounted
    }

    /// Returns the number of rows that succeeded: created, updated, existing and unspecified.
    pub fn succeeded(&self) -> u64 {
        [self.created, self.updated, self.existing, self.unspecified]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// Returns the number of rows in the import, which is the sum of all outcomes.
    pub fn total(&self) -> u64 {
        [self.succeeded(), self.failed, self.unaccounted]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}
