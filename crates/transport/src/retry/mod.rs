//! Sends a request again when that is safe and useful.
//!
//! tower's exponential backoff gives every clone of a policy the same "random" delays, its budget rounds its ratio, and
//! its loop clones the policy, the service and the whole request for every call; so the loop is ours too, and as short.
//!
//! What may be sent again is a property of the request ([`Replay`](crate::Replay)), what is worth sending
//! again is one table ([`classify`](mod@crate::classify)), and how often, how soon and until when is a
//! [`RetryPolicy`], which one request may replace by an extension.
//!
//! Put it outside whatever an attempt should meet anew (timeouts, quotas, credentials) and inside the
//! [deadline](crate::DeadlineLayer). Wrap it around [`AttemptLayer`](crate::AttemptLayer) when bodies matter: it
//! looks at heads only, and whoever drops an unread body closes its connection.
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
mod future;
mod hint;
mod kept;
mod layer;
mod policy;
mod replayer;
mod service;

pub use self::backoff::Backoff;
pub use self::budget::Budget;
pub(crate) use self::budget::Withdrawal;
pub use self::future::RetryFuture;
pub(crate) use self::hint::hint;
pub use self::hint::retry_after;
pub use self::layer::RetryLayer;
pub use self::policy::RetryPolicy;
pub use self::service::Retry;

#[cfg(test)]
mod tests;
