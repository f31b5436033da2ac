//! The one supported order of the layers, from the caller down to the socket.
//!
//! | | | why here |
//! |---|---|---|
//! | 1 | the user's layers | see a call once, with its final answer |
//! | 2 | [call span](crate::telemetry::CallSpan) | everything below belongs to it |
//! | 3 | [deadline](crate::deadline) | bounds everything below, and is an instant: with 30 s for an attempt instead, three attempts and their waits take up to 91.5 s |
//! | 4 | [retry](crate::retry) | repeats everything below, so that each attempt meets fresh credentials, its own place in the quota and its own clock |
//! | 5 | [credentials](crate::auth) | outside the attempt: a renewal has its own time, and the replay after a 401 is an attempt like any other, counted, timed and drained |
//! | 6 | [quota](crate::quota) | inside the retry: three attempts are three requests for the server. Outside the attempt: a wait of 20 s for a place would else eat 20 of its 30 s, and then pass for a request that may have been sent |
//! | 7 | [attempt span](crate::telemetry::AttemptSpan) | one attempt on the wire, waits excluded |
//! | 8 | [attempt](crate::attempt) | reads the body to its end: fifty retried answers of 100 KB use one connection, and fifty-one if their bodies are dropped |
//! | 9 | the user's attempt layers | see what goes on the wire, credentials included, and the attempt's number |
//! | 10 | the client | [hyper](crate::HttpClient), or any service in its place |
//!
//! Layers that wait (3, 5 and 6) are always ready. They ask the service below on the way, and pass on at once what need
//! not wait; what has to wait gives that readiness up and asks again when it is done: a permit of a concurrency limit
//! below is held by a request, never by a sleeper. There is no buffer and no task: a stack is a value that can be built
//! outside of a runtime, cloned, and dropped.
//!
//! # Examples
//!
//! With the defaults:
//!
//! ```
//! use prism_imports_transport::{HttpClient, HttpService, Stack};
//!
//! let service: HttpService = Stack::builder().boxed(HttpClient::new()?);
//! # Ok::<(), prism_imports_transport::Error>(())
//! ```
//!
//! With everything, and layers of one's own outside and around every attempt:
//!
//! ```
//! use std::time::Duration;
//! use http::{Request, Uri};
//! use prism_imports_transport::auth::{AuthLayer, Credentials};
//! use prism_imports_transport::quota::{Quota, QuotaLayer};
//! use prism_imports_transport::retry::{RetryLayer, RetryPolicy};
//! use prism_imports_transport::{AttemptLayer, HttpClient, Origin, RequestBody, Stack};
//! use tower::util::MapRequestLayer;
//!
//! let origin = Origin::of(&Uri::from_static("https://api.example"))?;
//! let service = Stack::builder()
//!     .timeout(Duration::from_secs(60))
//!     .retry(RetryLayer::new(RetryPolicy::default().with_max_attempts(5)))
//!     .auth(AuthLayer::new(origin, Credentials::fixed("a key")))
//!     .quota(QuotaLayer::new(Quota::published()))
//!     .attempt(AttemptLayer::default().with_timeout(Duration::from_secs(10)))
//!     .attempt_layer(MapRequestLayer::new(|mut request: Request<RequestBody>| {
//!         request.headers_mut().insert("x-tenant", "blue".parse().unwrap());
//!         request
//!     }))
//!     .service(HttpClient::new()?);
//! # Ok::<(), prism_imports_transport::Error>(())
//! ```

mod boxed;
mod builder;
mod pipeline;

pub use self::boxed::{HttpFuture, HttpService};
pub use self::builder::{Stack, StackBuilder};
pub use self::pipeline::{Pipeline, PipelineFuture};

#[cfg(test)]
mod tests;
