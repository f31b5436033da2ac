//! When to give up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When a watch ends without having seen its job's end.
///
/// Without a setting there is no timeout and no limit on requests, and the fifth transient fault in a row ends
/// the watch. What the server says of the job's expiry is kept to in any case.
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
    /// Sets the offset since the watch began from which on there is no request and no wait.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how many requests the watch may cost; 0 allows none.
    ///
    /// A request whose answer was dropped and that is issued again counts once.
    #[must_use]
    pub fn with_requests(mut self, requests: u32) -> Self {
        self.requests = Some(requests);
        self
    }

    /// Sets the number of transient faults in a row that ends the watch; 0 acts as 1.
    #[must_use]
    pub fn with_faults(mut self, faults: u32) -> Self {
        self.faults = faults;
        self
    }

    /// Returns the offset since the watch began from which on there is no request and no wait.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns how many requests the watch may cost.
    pub fn requests(&self) -> Option<u32> {
        self.requests
    }

    /// Returns the number of transient faults in a row that ends the watch.
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
