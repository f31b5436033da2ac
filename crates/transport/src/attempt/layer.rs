//! Gives any service bounded attempts.

use std::time::Duration;

use tower_layer::Layer;

use super::Attempt;
use crate::telemetry::{Observer, Observers};

/// Wraps a service in [`Attempt`].
#[derive(Clone, Debug)]
pub struct AttemptLayer {
    pub(super) timeout: Duration,
    pub(super) idle: Duration,
    pub(super) max_body: u64,
    pub(super) max_error_body: u64,
    pub(super) observers: Observers,
}

impl AttemptLayer {
    /// Sets the time one attempt may take, to the last byte of a buffered body or to the head of a streamed one; 30 s by
    /// default.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the longest gap between two pieces of a body; 15 s by default.
    #[must_use]
    pub const fn with_idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets the largest body in bytes; 64 MiB by default. A larger one is an error.
    #[must_use]
    pub const fn with_max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how many bytes of an error response's body are kept; 64 KiB by default. The rest is dropped without an error.
    #[must_use]
    pub const fn with_max_error_body(mut self, bytes: u64) -> Self {
        self.max_error_body = bytes;
        self
    }

    /// Reports the end of each attempt to an observer.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.observed(Observers::of(observer))
    }

    pub(crate) fn observed(mut self, observers: Observers) -> Self {
        self.observers = observers;
        self
    }
}

impl Default for AttemptLayer {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            idle: Duration::from_secs(15),
            max_body: 64 * 1024 * 1024,
            max_error_body: 64 * 1024,
            observers: Observers::default(),
        }
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = Attempt<S>;

    fn layer(&self, inner: S) -> Attempt<S> {
        Attempt::new(inner, self.clone())
    }
}
