//! The result of one poll.

use std::time::Duration;

/// The facts about a polled job that a [`Schedule`](super::Schedule) needs.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::PollResult;
///
/// let result = PollResult::unfinished().with_progress(250, 1_000).with_age(Duration::from_secs(60));
/// assert!(!result.is_finished());
/// assert!(PollResult::finished().is_finished());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PollResult {
    finished: bool,
    /// The processed rows and the total; `None` for a job without rows.
    progress: Option<(u64, u64)>,
    age: Option<Duration>,
    expires_in: Option<Duration>,
}

impl PollResult {
    /// Creates the result of polling an unfinished job.
    pub fn unfinished() -> Self {
        Self {
            finished: false,
            progress: None,
            age: None,
            expires_in: None,
        }
    }

    /// Creates the result of polling a job in a final state.
    pub fn finished() -> Self {
        Self {
            finished: true,
            ..Self::unfinished()
        }
    }

    /// Sets the number of processed rows; ignored for a job without rows.
    #[must_use]
    pub fn with_progress(mut self, processed: u64, total: u64) -> Self {
        self.progress = (total > 0).then_some((processed, total));
        self
    }

    /// Sets the age of the job. Without it, the job is assumed to begin with the watch.
    #[must_use]
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// Sets the time until the server deletes the job.
    #[must_use]
    pub fn with_expiry(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    /// Returns `true` if the job was in a final state.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Returns the fraction of the rows that were processed.
    pub(super) fn progress(&self) -> Option<f64> {
        // Dividing durations avoids a lossy cast of the counts.
        self.progress.map(|(processed, total)| {
            Duration::from_secs(processed).div_duration_f64(Duration::from_secs(total))
        })
    }

    /// Returns the age of the job.
    pub(super) fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Returns the time until the server deletes the job.
    pub(super) fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }
}
