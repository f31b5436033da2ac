//! Gives any service a quota.

use tower_layer::Layer;

use super::{Quota, QuotaService};

/// Wraps a service in [`QuotaService`].
#[derive(Clone, Debug, Default)]
pub struct QuotaLayer {
    quota: Quota,
}

impl QuotaLayer {
    /// Makes a layer whose services share `quota`.
    pub const fn new(quota: Quota) -> Self {
        Self { quota }
    }

    /// Returns the quota.
    pub const fn quota(&self) -> &Quota {
        &self.quota
    }
}

impl<S> Layer<S> for QuotaLayer {
    type Service = QuotaService<S>;

    fn layer(&self, inner: S) -> QuotaService<S> {
        QuotaService::new(inner, self.quota.clone())
    }
}
