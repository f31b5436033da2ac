//! What one attempt may take.

use std::time::Duration;

use http::Extensions;
use tokio::time::Instant;

use crate::call::{AttemptTimeout, Deadline, SizeCap, Streamed};
use crate::error::Scope;

/// The limits of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) idle: Duration,
    pub(super) size_cap: u64,
    pub(super) error_cap: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            idle: Duration::from_secs(15),
            size_cap: 64 * 1024 * 1024,
            error_cap: 64 * 1024,
        }
    }
}

/// The limits of one attempt: the layer's, or the request's own, and never beyond its deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) until: Instant,
    pub(super) deadline: Option<Instant>,
    pub(super) idle: Duration,
    pub(super) size_cap: u64,
    pub(super) error_cap: u64,
    pub(super) streamed: bool,
}

impl Allowance {
    /// Returns when a streamed body must end, and whose limit that is. Without a deadline only the idle limit
    /// ends it.
    pub(super) fn stream_end(&self) -> (Instant, Scope) {
        let end = self
            .deadline
            .unwrap_or_else(|| Deadline::after(Duration::MAX).tokio_instant());
        (end, Scope::Call)
    }
}

impl Limits {
    pub(super) fn of(&self, extensions: &Extensions) -> Allowance {
        let timeout = extensions
            .get::<AttemptTimeout>()
            .map_or(self.timeout, |timeout| timeout.0);
        let deadline = extensions.get::<Deadline>();
        let own = Deadline::after(timeout);
        Allowance {
            until: own.tokio_instant(),
            deadline: deadline.map(|deadline| deadline.tokio_instant()),
            idle: self.idle,
            size_cap: extensions
                .get::<SizeCap>()
                .map_or(self.size_cap, |cap| cap.0),
            error_cap: self.error_cap,
            streamed: extensions.get::<Streamed>().is_some(),
        }
    }
}
