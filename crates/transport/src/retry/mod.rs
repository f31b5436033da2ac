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
//! use std::convert::Infallible;
//! use http::{Request, Response, StatusCode};
//! use prism_imports_transport::retry::{RetryLayer, RetryPolicy};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let answers = [503, 200].into_iter();
//! let service = ServiceBuilder::new()
//!     .layer(RetryLayer::new(RetryPolicy::default().with_max_attempts(4)))
//!     .service(service_fn({
//!         let answers = std::sync::Arc::new(std::sync::Mutex::new(answers));
//!         move |_: Request<()>| {
//!             let status = answers.lock().unwrap().next().unwrap();
//!             async move { Ok::<_, Infallible>(Response::builder().status(status).body(()).unwrap()) }
//!         }
//!     }));
//!
//! let request = Request::get("https://api.example/").body(()).unwrap();
//! let response = service.oneshot(request).await.unwrap();
//! assert_eq!(response.status(), StatusCode::OK);
//! # }
//! ```

mod backoff;
mod budget;
mod decision;
mod hint;
mod layer;
mod policy;
mod service;

pub use self::backoff::Backoff;
pub use self::budget::Budget;
use self::budget::Withdrawal;
pub use self::hint::retry_after;
pub use self::layer::RetryLayer;
pub use self::policy::RetryPolicy;
pub use self::service::Retry;

#[cfg(test)]
mod tests;
