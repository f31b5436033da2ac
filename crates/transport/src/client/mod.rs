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
//! # HTTP/2
//!
//! All requests to a server share one connection. A response that is not read holds up no other: of each the server may
//! send 2 MiB ahead of the reader, whatever the others do. So streams that are not read hold at most 2 MiB of memory
//! each; a buffered response is read at once, up to its own limit.
//!
//! A connection that leaves a request or the reader of a body waiting until it is dropped, by a timeout for example,
//! gets no further requests, as in HTTP/1.1: the next attempt is made on a new connection. The requests that the old one
//! already has go on. Pings, every 20 s by default, end connections that are dead.
//!
//! Servers limit the streams of a connection, often to 100. A request above the limit waits until a stream has ended.
//! The pool opens no second connection for it, but after the timeout of the attempt the retry is made on a new one.
//! Programs that leave so many streams unread use several clients.
//!
//! # Custom HTTP services
//!
//! Any `Service<http::Request<RequestBody>>` can take its place in a [stack](crate::stack). Its errors should be made by
//! [`Error::new`](crate::Error::new); of others, only those of hyper, tower, tokio and `std::io` are understood. It
//! must not retry: the report of a call would then miss requests.

mod builder;
mod connection;
mod connector;
#[cfg(feature = "tls")]
mod pem;
#[cfg(feature = "proxy")]
mod proxy;
mod read;
mod service;
#[cfg(feature = "tls")]
mod tls;

pub use self::builder::HttpClientBuilder;
pub(crate) use self::read::read_error;
pub use self::service::HttpClient;
#[cfg(test)]
pub(crate) use self::service::WireBody;
