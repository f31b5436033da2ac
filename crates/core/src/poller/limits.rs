//! The limits of a watch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits that end a watch before its job finishes.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::Limits;
///
/// let limits = Limits::default().with_timeout(Duration::from_secs(3_600)).with_requests(100);
/// assert_eq!(limits.faults(), 5);
/// assert_eq!(limits.results_grace(), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    timeout: Option<Duration>,
    requests: Option<u32>,
    faults: u32,
    not_found_grace: Duration,
    results_grace: Duration,
}

impl Limits {
    /// Sets the timeout of the whole watch, as an offset since it began. There is none by default.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of requests; 0 allows none. By default, it is not limited.
    ///
    /// A request that is issued again because its answer was dropped counts once.
    #[must_use]
    pub fn with_requests(mut self, requests: u32) -> Self {
        self.requests = Some(requests);
        self
    }

    /// Sets the number of consecutive faults that ends the watch, 5 by default; 0 is treated as 1.
    ///
    /// A fault is a poll that failed, or a finished snapshot that contradicts itself or the one before. As many
    /// consecutive stale answers are ignored at most; the last of them is accepted.
    #[must_use]
    pub fn with_faults(mut self, faults: u32) -> Self {
        self.faults = faults;
        self
    }

    /// Sets how long a [submitted](super::Poller::submitted) job may be unknown to the server before its first
    /// snapshot, counted from the first such answer. 30 s by default; zero ends the watch with the first one.
    #[must_use]
    pub fn with_not_found_grace(mut self, grace: Duration) -> Self {
        self.not_found_grace = grace;
        self
    }

    /// Sets how long a complete job is polled again for results that it does not have yet. 60 s by default; zero ends
    /// the watch with the first complete snapshot.
    #[must_use]
    pub fn with_results_grace(mut self, grace: Duration) -> Self {
        self.results_grace = grace;
        self
    }

    /// Returns the timeout of the whole watch, as an offset since it began.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the maximum number of requests.
    pub fn requests(&self) -> Option<u32> {
        self.requests
    }

    /// Returns the number of consecutive faults that ends the watch.
    pub fn faults(&self) -> u32 {
        self.faults
    }

    /// Returns how long a submitted job may be unknown to the server.
    pub fn not_found_grace(&self) -> Duration {
        self.not_found_grace
    }

    /// Returns how long a complete job is polled for its results.
    pub fn results_grace(&self) -> Duration {
        self.results_grace
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: None,
            requests: None,
            faults: 5,
            not_found_grace: Duration::from_secs(30),
            results_grace: Duration::from_secs(60),
        }
    }
}
