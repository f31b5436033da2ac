//! Makes any service retry.

use tower_layer::Layer;

use super::{Retry, RetryPolicy};

/// Wraps a service in [`Retry`].
#[derive(Clone, Debug, Default)]
pub struct RetryLayer {
    policy: RetryPolicy,
}

impl RetryLayer {
    /// Makes a layer with a policy; all services it makes share the policy's budget.
    pub const fn new(policy: RetryPolicy) -> Self {
        Self { policy }
    }

    /// Returns the policy.
    pub const fn policy(&self) -> &RetryPolicy {
        &self.policy
    }
}

impl<S> Layer<S> for RetryLayer {
    type Service = Retry<S>;

    fn layer(&self, inner: S) -> Retry<S> {
        Retry::new(inner, self.policy.clone())
    }
}
