//! Sends a request again when that is safe and useful.
//!
//! tower's `Retry` has no way to wait for a server's hint, and its exponential backoff gives every clone of a policy the
//! same delays; its budget rounds the ratio. So this layer has its own loop.
//!
//! Whether a request may be sent again is a property of the request: [`Replay`](crate::Replay). Which results are worth
//! another attempt is one table: [`classify`](mod@crate::classify). How often and how soon is a [`RetryPolicy`].
//!
//! Put the layer outside whatever each attempt should meet anew (timeouts, quotas, credentials) and inside the
//! [deadline](crate::DeadlineLayer). It reads heads only: outside an [`AttemptLayer`](crate::AttemptLayer) the bodies
//! of retried responses have been read, and their connections are used again.
//!
//! # Examples
//!
//! ```
//! use prism_imports_transport::retry::{RetryLayer, RetryPolicy};
//! use prism_imports_transport::{HttpClient, RequestBody};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), prism_imports_transport::BoxError> {
//! let service = ServiceBuilder::new()
//!     .layer(RetryLayer::new(RetryPolicy::default().with_max_attempts(4)))
//!     .service(HttpClient::new()?);
//! let request = http::Request::get("https://api.example/").body(RequestBody::default())?;
//! let response = service.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```

mod budget;
mod hint;
mod layer;
mod policy;

pub use self::budget::Budget;
pub use self::hint::retry_after;
pub use self::layer::RetryLayer;
pub use self::policy::{Backoff, RetryPolicy};

#[cfg(test)]
mod tests;
