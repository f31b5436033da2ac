//! Telemetry of a service that embeds the client: what to copy, and an import to see it with.
//!
//! | module | to copy |
//! |---|---|
//! | [`subscriber`] | spans to OpenTelemetry, lines to the log |
//! | [`propagate`] | `traceparent` in each request |
//! | [`metrics`] | an `Observer` that records metrics of OpenTelemetry |
//! | [`prometheus`] | an `Observer` that records metrics of Prometheus |
//!
//! [`scenario`] is an import that meets some faults, [`print`](mod@print) shows what was exported.

pub mod metrics;
pub mod print;
pub mod prometheus;
pub mod propagate;
pub mod scenario;
pub mod subscriber;

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
