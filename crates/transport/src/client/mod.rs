//! The HTTP client: hyper, rustls, a connection pool.
//!
//! It adds to hyper's client what a retry must know. The body of each request shows whether it was read: if not,
//! nothing was sent. Each connection shows whether it has answered before: one that has, and ends
//! without another byte, was closed as idle, which servers do at the very moment it is used again.
//! And each error is read down to its cause: a certificate that is not accepted is final and a
//! handshake that broke is not; an HTTP/2 stream that was refused was not processed, and one that was reset may have been.
//!
//! A request that an idle connection gives back before a byte of it was written is moved to another one by hyper's pool
//! itself; it counts as one attempt. Redirects are not followed: `Location` is data.
//!
//! Any `Service<http::Request<RequestBody>>` can take its place in a [stack](crate::stack). Its errors should be made by
//! [`Error::new`](crate::Error::new); of others, only those of hyper, tower, tokio and `std::io` are understood. It
//! must not retry: the report of a call would then miss requests.
//!
//! # Examples
//!
//! ```no_run
//! use std::time::Duration;
//! use http::Request;
//! use prism_imports_transport::{HttpClient, RequestBody};
//! use tower::ServiceExt;
//!
//! # async fn example() -> Result<(), prism_imports_transport::BoxError> {
//! let client = HttpClient::builder()
//!     .with_connect_timeout(Duration::from_secs(3))
//!     .with_root_certificates_pem(&std::fs::read("ca.pem")?)?
//!     .build()?;
//! let request = Request::get("https://api.example/").body(RequestBody::default())?;
//! let response = client.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```

mod builder;
mod connection;
mod connector;
mod proxy;
mod read;
mod service;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "plain.rs"]
mod tls;
mod wire_body;

pub use self::builder::HttpClientBuilder;
pub(crate) use self::read::read_error;
pub use self::service::HttpClient;
#[cfg(test)]
pub(crate) use self::wire_body::WireBody;
