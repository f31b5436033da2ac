//! Keeps all requests of a client within the limits its server publishes.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::quota::{Quota, QuotaLayer};
//!
//! let quota = Quota::unlimited()
//!     .with_rate(10, Duration::from_secs(1))
//!     .with_period(1_000, Duration::from_secs(30 * 86_400));
//! let layer = QuotaLayer::new(quota.clone());
//! assert_eq!(quota.left(), Some(1_000));
//! ```

mod future;
mod handle;
mod layer;
mod ledger;
mod service;
mod state;

pub use self::future::QuotaFuture;
pub use self::handle::Quota;
pub use self::layer::QuotaLayer;
pub use self::service::QuotaService;
pub use self::state::QuotaState;

#[cfg(test)]
mod tests;
