//! Retry, timeout, credentials and quota as tower layers over hyper.

pub mod attempt;
pub mod auth;
mod body;
mod call;
pub mod classify;
#[cfg(any(feature = "http1", feature = "http2"))]
pub mod client;
pub mod deadline;
mod error;
mod origin;
pub mod quota;
mod replay;
pub mod retry;
pub mod stack;
pub mod telemetry;
#[cfg(test)]
mod testing;

pub use self::attempt::AttemptLayer;
pub use self::auth::{AuthLayer, Credentials};
pub use self::body::{RequestBody, ResponseBody};
pub use self::call::{
    AttemptNumber, AttemptTimeout, CallReport, CallTimeout, Deadline, SizeCap, Stop, Streamed,
    UrlTemplate,
};
#[cfg(any(feature = "http1", feature = "http2"))]
pub use self::client::HttpClient;
pub use self::deadline::DeadlineLayer;
pub use self::error::{BoxError, Error, Kind, Phase, Scope};
pub use self::origin::Origin;
pub use self::quota::{Quota, QuotaLayer};
pub use self::replay::Replay;
pub use self::retry::{RetryLayer, RetryPolicy};
pub use self::stack::{HttpService, Stack, StackBuilder};
pub use self::telemetry::Observer;
