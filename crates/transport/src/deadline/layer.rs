//! Gives any service a deadline.

use std::time::Duration;

use tower_layer::Layer;

use super::DeadlineService;

/// Wraps a service in [`DeadlineService`]. The default timeout is two minutes.
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    timeout: Duration,
}

impl DeadlineLayer {
    /// Makes a layer that ends each call `timeout` after its start.
    pub const fn new(timeout: Duration) -> Self {
        Self { timeout }
    }
}

impl Default for DeadlineLayer {
    fn default() -> Self {
        Self::new(Duration::from_secs(120))
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> DeadlineService<S> {
        DeadlineService::new(inner, self.timeout)
    }
}
