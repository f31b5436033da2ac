//! Gives any service bounded attempts.

use std::time::Duration;

use tower_layer::Layer;

use super::Attempt;
use super::limits::Limits;

/// Wraps a service in [`Attempt`].
///
/// By default an attempt has 30 s, a body may pause for 15 s, and it may have 64 MiB; of an error answer's
/// body 64 KiB are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct AttemptLayer {
    limits: Limits,
}

impl AttemptLayer {
    /// Sets the time one attempt may take, to the last byte of a buffered body or to the head of a streamed one.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sets the longest gap between two pieces of a body.
    #[must_use]
    pub const fn with_idle_timeout(mut self, idle: Duration) -> Self {
        self.limits.idle = idle;
        self
    }

    /// Sets the largest body in bytes; a larger one is an error.
    #[must_use]
    pub const fn with_size_cap(mut self, bytes: u64) -> Self {
        self.limits.size_cap = bytes;
        self
    }

    /// Sets how many bytes of an error answer's body are kept; the rest is dropped without an error.
    #[must_use]
    pub const fn with_error_cap(mut self, bytes: u64) -> Self {
        self.limits.error_cap = bytes;
        self
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = Attempt<S>;

    fn layer(&self, inner: S) -> Attempt<S> {
        Attempt::new(inner, self.limits)
    }
}
