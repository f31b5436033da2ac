//! Bounds one attempt: its time, the gaps in its body, and the body's size.
//!
//! tower's `Timeout` ends with the head of the response, and the body may then hang. Here an attempt ends with
//! the last byte of its body. The body is buffered, so that the layers outside, a retry above all, see whole responses; a
//! request with the extension [`Streamed`](crate::Streamed) gets a stream instead, bounded by idle timeout, maximal size
//! and deadline.
//!
//! The bodies of error responses are kept up to a limit of their own, and read a little beyond it: a connection whose
//! body was read to its end is used again, and fifty retries need one connection.
//!
//! With the feature `gzip`, requests ask for gzip and responses are decoded; the maximal size counts decoded bytes.
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
//!     .with_max_body(1024 * 1024);
//! ```

#[cfg(feature = "gzip")]
mod decode;
mod layer;
mod reader;

pub use self::layer::AttemptLayer;

#[cfg(test)]
mod tests;
