//! Bounds one attempt: its time, the gaps in its body, and the body's size.
//!
//! tower's `Timeout` stops at the head of the response, and the body may then hang for ever. Here the attempt
//! ends with its last byte. The body is buffered, so that everything outside (a retry above all) deals with an
//! answer that is whole; a request that carries [`Streamed`](crate::Streamed) gets the stream instead, guarded by
//! idle time, size cap and deadline.
//!
//! Bodies of error answers are cut at a cap of their own and drained a little beyond it: a connection whose
//! body was read to its end is used again, and fifty retries need one connection.
//!
//! With the feature `gzip`, requests ask for gzip and answers are decoded; the size cap counts what comes out.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::AttemptLayer;
//!
//! let usual = AttemptLayer::default();
//! let strict = AttemptLayer::default()
//!     .with_timeout(Duration::from_secs(5))
//!     .with_idle_timeout(Duration::from_secs(1))
//!     .with_size_cap(1024 * 1024);
//! ```

mod clock;
#[cfg(feature = "gzip")]
mod decode;
#[cfg(not(feature = "gzip"))]
#[path = "no_decode.rs"]
mod decode;
mod future;
mod guard;
mod layer;
mod limits;
mod service;

pub use self::future::AttemptFuture;
pub use self::layer::AttemptLayer;
pub use self::service::Attempt;

#[cfg(test)]
mod tests;
