//! What one look at a job showed.

use std::time::Duration;

/// What a [`Schedule`](super::Schedule) needs to know of one answer about a job.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::PollResult;
///
/// let poll_result = PollResult::open().with_progress(250, 1_000).with_age(Duration::from_secs(60));
/// assert!(!poll_result.is_end());
/// assert!(PollResult::end().is_end());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PollResult {
    end: bool,
    /// Rows attempted and rows in all; never of a job without rows.
    progress: Option<(u64, u64)>,
    age: Option<Duration>,
    expires_in: Option<Duration>,
}

impl PollResult {
    /// Creates the poll_result of a job that goes on.
    pub fn open() -> Self {
        Self {
            end: false,
            progress: None,
            age: None,
            expires_in: None,
        }
    }

    /// Creates the poll_result of a job in a final state.
    pub fn end() -> Self {
        Self {
            end: true,
            ..Self::open()
        }
    }

    /// Adds how many of the job's rows were attempted; a job of no rows has no progress.
    #[must_use]
    pub fn with_progress(mut self, processed: u64, total: u64) -> Self {
        self.progress = (total > 0).then_some((processed, total));
        self
    }

    /// Adds how long the job has existed; without it the job is taken to have begun with the watch.
    #[must_use]
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// Adds in how long the server forgets the job.
    #[must_use]
    pub fn with_expiry(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    /// Returns whether the job was in a final state.
    pub fn is_end(&self) -> bool {
        self.end
    }

    /// Returns the share of the rows that were attempted.
    pub(super) fn progress(&self) -> Option<f64> {
        // Durations divide exactly where a cast of the counts would need an excuse.
        self.progress.map(|(processed, total)| {
            Duration::from_secs(processed).div_duration_f64(Duration::from_secs(total))
        })
    }

    /// Returns how long the job has existed.
    pub(super) fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Returns in how long the server forgets the job.
    pub(super) fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }
}
