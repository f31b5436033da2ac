//! The limits of a watch.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits that end a watch before its job finishes.
///
/// By default, there is no timeout and no limit on requests, and the fifth consecutive transient fault ends the watch.
/// The expiry of the job always ends the watch.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::Limits;
///
/// let limits = Limits::default().with_timeout(Duration::from_secs(3_600)).with_requests(100);
/// assert_eq!(limits.faults(), 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    #[serde(rename = "deadline")]
    timeout: Option<Duration>,
    requests: Option<u32>,
    faults: u32,
}

impl Limits {
    /// Sets the timeout of the whole watch, as an offset since it began.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of requests; 0 allows none.
    ///
    /// A request that is issued again because its answer was dropped counts once.
    #[must_use]
    pub fn with_requests(mut self, requests: u32) -> Self {
        self.requests = Some(requests);
        self
    }

    /// Sets the number of consecutive transient faults that ends the watch; 0 is treated as 1.
    ///
    /// As many consecutive stale answers are ignored at most; the last of them is accepted.
    #[must_use]
    pub fn with_faults(mut self, faults: u32) -> Self {
        self.faults = faults;
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

    /// Returns the number of consecutive transient faults that ends the watch.
    pub fn faults(&self) -> u32 {
        self.faults
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: None,
            requests: None,
            faults: 5,
        }
    }
}
