//! Sets the one instant by which a call must end.
//!
//! A timeout per attempt bounds no call: three attempts, two backoffs and a wait for a connection add up. The
//! deadline is an instant, taken once; everything inside counts towards it: waits for readiness, quotas,
//! credentials, backoffs, attempts and the body, streamed or not. The layers inside read it as a request extension
//! ([`Deadline`](crate::Deadline)) and do not begin what cannot end in time.
//!
//! tower's own `Timeout` stops at the response's head, and every layer of it restarts per attempt.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::{DeadlineLayer, RetryLayer};
//! use tower::ServiceBuilder;
//!
//! let layers = ServiceBuilder::new()
//!     .layer(DeadlineLayer::new(Duration::from_secs(30)))
//!     .layer(RetryLayer::default());
//! ```

mod layer;
mod service;

pub use self::layer::DeadlineLayer;
pub use self::service::DeadlineService;

#[cfg(test)]
mod tests;
