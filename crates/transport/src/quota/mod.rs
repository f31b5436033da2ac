//! Keeps all requests of a client within the limits that its server publishes.
//!
//! Every request counts, retries included. A request waits for its place; if that lies after its deadline, it fails at
//! once with [`Kind::Quota`](crate::Kind::Quota) and the time to wait. A 429 that asks for a wait holds back every request of
//! the quota until then, those already waiting for a place included.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::quota::Quota;
//!
//! let quota = Quota::unlimited()
//!     .with_rate(10, Duration::from_secs(1))
//!     .with_period(1_000, Duration::from_secs(30 * 86_400));
//! let layers = tower::ServiceBuilder::new().layer(quota.clone());
//! assert_eq!(quota.left(), Some(1_000));
//! ```

mod layer;
mod ledger;

pub use self::layer::{Quota, QuotaState};

#[cfg(test)]
mod tests;
