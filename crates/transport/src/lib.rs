//! Retry, timeout, credentials and quota as tower layers over hyper, for clients of JSON APIs.
//!
//! The layers suit calls whose bodies fit in memory and whose side effects matter. They know no API in particular: put any
//! of them into a `ServiceBuilder` of your own, or all of them into their [order](crate::stack) with a [`StackBuilder`].
//! Options of one call are request extensions: see [`call`].
//!
//! | layer | gives a call |
//! |---|---|
//! | [`CallLayer`] | a context, a span, and a report of what was sent |
//! | [`DeadlineLayer`] | one instant by which it ends, waits and body included |
//! | [`RetryLayer`] | further attempts if [`Replay`] allows them, paced by the server's hints and paid from a budget |
//! | [`AuthLayer`] | credentials for one origin, renewed once for all callers |
//! | [`Quota`] | a place within the limits of the server, shared by all clients of a key |
//! | [`AttemptLayer`] | a timeout for each attempt's headers *and* body, a maximal size, and whole bodies |
//! | [`HttpClient`] | hyper with rustls, a pool, HTTP/2, proxies; or bring any service in its place |
//!
//! # Promises
//!
//! - **Nothing is sent twice by accident.** A write without a key is repeated only if no server has seen it;
//!   [`Error::phase`] says so. The [table](mod@classify) is one pure function.
//! - **A response is a response.** Every final status comes back as a response; an [`Error`] means that there
//!   is none. Both carry a [`CallReport`]: how many requests, how long, and why there was no further one.
//! - **Nothing waits without end**: not for readiness, a connection, a quota, a backoff, a body.
//! - **A dropped future leaves nothing behind**: no task, no permit, no place in the quota, no unpaid retry.
//! - **No secret in any output.** Keys are marked sensitive, bodies have no `Debug`, [spans](telemetry) show the route only.
//!
//! # Examples
//!
//! ```no_run
//! use std::time::Duration;
//! use http::Request;
//! use prism_imports_transport::{CallReport, Deadline, HttpClient, Replay, RequestBody, StackBuilder};
//! use tower::{Service, ServiceExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let mut service = StackBuilder::new().build(HttpClient::new()?);
//! let request = Request::post("https://api.example/v1/orders")
//!     .header("idempotency-key", "order-4711")
//!     // The server keeps the first answer to a key, so a second send changes nothing.
//!     .extension(Replay::Keyed)
//!     .extension(Deadline::after(Duration::from_secs(5)))
//!     .body(RequestBody::from("{}"))?;
//! let response = service.ready().await?.call(request).await?;
//! let attempts = CallReport::of(&response).map(|report| report.attempts);
//! println!("{} after {attempts:?} attempts", response.status());
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `http1` | yes | HTTP/1.1 for the HTTP client; without it and `http2` there is no client |
//! | `http2` | yes | HTTP/2 for the HTTP client |
//! | `rustls-ring` | yes | https, with the cryptography of ring |
//! | `rustls-aws-lc-rs` | no | https, with the cryptography of aws-lc-rs, also if `rustls-ring` is on |
//! | `proxy` | yes | proxies: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, or one that is set |
//! | `webpki-roots` | no | Mozilla's root certificates, trusted besides the platform's and your own |
//! | `gzip` | no | responses compressed with gzip |
//! | `tracing` | no | spans of calls and attempts |
//!
//! Each compiles alone. With neither `rustls-ring` nor `rustls-aws-lc-rs` the client speaks plain http only.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod attempt;
pub mod auth;
mod body;
pub mod call;
pub mod classify;
#[cfg(any(feature = "http1", feature = "http2"))]
pub mod client;
pub mod deadline;
mod error;
mod origin;
pub mod quota;
pub mod retry;
mod service;
pub mod stack;
pub mod telemetry;
#[cfg(test)]
mod tests;

pub use self::attempt::AttemptLayer;
pub use self::auth::{AuthLayer, Credentials};
pub use self::body::{RequestBody, ResponseBody};
pub use self::call::{
    AttemptNumber, AttemptTimeout, CallContext, CallReport, Deadline, MaxBody, Replay, Stop,
    Streamed, UrlTemplate,
};
#[cfg(any(feature = "http1", feature = "http2"))]
pub use self::client::HttpClient;
pub use self::deadline::DeadlineLayer;
pub use self::error::{BoxError, Error, Kind, Phase, Scope};
pub use self::origin::Origin;
pub use self::quota::Quota;
pub use self::retry::{RetryLayer, RetryPolicy};
pub use self::service::{Layered, ResponseFuture};
pub use self::stack::{CallLayer, HttpLayer, HttpService, IntoHttpService, StackBuilder};
pub use self::telemetry::Observer;

/// Compiles the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
