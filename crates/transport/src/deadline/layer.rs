//! Gives any service a deadline.

use std::time::Duration;

use tower_layer::Layer;

use super::DeadlineService;

/// Wraps a service in [`DeadlineService`].
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    timeout: Duration,
    trusts_attempts: bool,
}

impl DeadlineLayer {
    /// Makes a layer that ends each call `timeout` after its start.
    pub const fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            trusts_attempts: false,
        }
    }

    /// Leaves the clock of an attempt under way to the attempt, which is safe only where no foreign layer
    /// stands between this one and the attempt's.
    pub(crate) const fn trusting_attempts(mut self) -> Self {
        self.trusts_attempts = true;
        self
    }
}

impl Default for DeadlineLayer {
    /// Two minutes.
    fn default() -> Self {
        Self::new(Duration::from_secs(120))
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> DeadlineService<S> {
        DeadlineService::of_layer(inner, self.timeout, self.trusts_attempts)
    }
}
