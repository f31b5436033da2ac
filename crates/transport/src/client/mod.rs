//! The HTTP client at the bottom: hyper, rustls, a connection pool.
//!
//! What it adds to hyper's own client is knowledge that a retry needs. Each request is followed until it is
//! written: before, surely nothing was sent. Each connection knows whether it has answered: one that has and ends
//! without another byte was closed as idle, which servers do at the very moment it is used again.
//! And each error is read down to its cause, so that a certificate that is not accepted is told from a
//! handshake that broke, and an HTTP/2 stream that was refused from one that was reset.
//!
//! A request that an idle connection gives back before a byte of it was written is moved to another one by hyper's pool
//! itself; it counts as one attempt. Redirects are not followed: `Location` is data.
//!
//! Any `Service<http::Request<RequestBody>>` can take its place under a [`Stack`](crate::Stack). One whose errors are
//! made by [`Error::new`](crate::Error::new) tells the retry as much as this one; of others, only errors of hyper and of
//! `std::io` are understood.
//!
//! # Examples
//!
//! ```no_run
//! use std::time::Duration;
//! use http::Request;
//! use prism_imports_transport::{HttpClient, RequestBody};
//! use tower::ServiceExt;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = HttpClient::builder()
//!     .with_connect_timeout(Duration::from_secs(3))
//!     .with_root_certificates_pem(&std::fs::read("ca.pem")?)?
//!     .build()?;
//! let request = Request::get("https://api.example/").body(RequestBody::default())?;
//! let response = client.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```

mod body;
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

pub use self::body::ClientBody;
pub use self::builder::HttpClientBuilder;
pub(crate) use self::read::read_error;
pub use self::service::{HttpClient, HttpClientFuture};
