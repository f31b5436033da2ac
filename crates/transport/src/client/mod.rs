//! The HTTP client at the bottom: hyper, rustls, a connection pool.
//!
//! Any `Service<http::Request<RequestBody>>` can take its place.

mod body;
mod builder;
mod connection;
mod connector;
mod probe;
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
pub(crate) use self::probe::Probe;
pub(crate) use self::read::read_error;
pub use self::service::{HttpClient, HttpClientFuture};
