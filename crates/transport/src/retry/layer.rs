//! Makes any service retry.

use tower_layer::Layer;

use super::{Budget, Retry, RetryPolicy};
use crate::telemetry::{Observer, Observers};

/// Wraps a service in [`Retry`].
///
/// All services of one layer, and of its clones, pay their retries from one [`Budget`].
#[derive(Clone, Debug)]
pub struct RetryLayer {
    pub(super) policy: RetryPolicy,
    pub(super) budget: Option<Budget>,
    pub(super) observers: Observers,
}

impl RetryLayer {
    /// Makes a layer with a policy and the default budget.
    pub fn new(policy: RetryPolicy) -> Self {
        Self {
            policy,
            budget: Some(Budget::default()),
            observers: Observers::default(),
        }
    }

    /// Sets the budget that retries are paid from; clones of it share it. `None` makes retries free.
    ///
    /// Requests with a policy of their own are paid from it too.
    #[must_use]
    pub fn with_budget(mut self, budget: Option<Budget>) -> Self {
        self.budget = budget;
        self
    }

    /// Reports each retry to an observer.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.observed(Observers::of(observer))
    }

    pub(crate) fn observed(mut self, observers: Observers) -> Self {
        self.observers = observers;
        self
    }

    /// Returns the budget.
    pub const fn budget(&self) -> Option<&Budget> {
        self.budget.as_ref()
    }

    /// Returns the policy.
    pub const fn policy(&self) -> &RetryPolicy {
        &self.policy
    }
}

impl Default for RetryLayer {
    fn default() -> Self {
        Self::new(RetryPolicy::default())
    }
}

impl<S> Layer<S> for RetryLayer {
    type Service = Retry<S>;

    fn layer(&self, inner: S) -> Retry<S> {
        Retry::new(inner, self.clone())
    }
}
