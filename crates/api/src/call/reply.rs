//! A result with the status and headers of its answer.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use prism_imports_transport::CallReport;

use super::answer::{Answer, request_id};

/// A result with the status and headers of its answer and the call report.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// let reply = imports.get("b5f1").reply().await?;
/// println!("{:?} after {} attempts", reply.request_id(), reply.attempts());
/// let job = reply.into_value();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Reply<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    report: CallReport,
}

impl<T> Reply<T> {
    pub(crate) fn new(answer: Answer, value: T) -> Self {
        let report = answer.report();
        let head = answer.into_head();
        Self {
            value,
            status: head.status,
            headers: head.headers,
            report,
        }
    }

    /// Replaces the result.
    pub(crate) fn with<U>(self, value: U) -> Reply<U> {
        Reply {
            value,
            status: self.status,
            headers: self.headers,
            report: self.report,
        }
    }

    /// Returns the result.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the result and drops the rest.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the server's request id, for support requests.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// Returns `true` if the server repeated its answer to an earlier request with the same key.
    pub fn is_replay(&self) -> bool {
        self.headers
            .get("idempotent-replay")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
    }

    /// Returns the number of attempts that were sent.
    pub fn attempts(&self) -> u32 {
        self.report.attempts()
    }

    /// Returns the duration of the call, waits included.
    pub fn elapsed(&self) -> Duration {
        self.report.elapsed()
    }
}

impl Reply<()> {
    /// Returns the status, headers and call report of an answer.
    pub(crate) fn head_of(answer: &Answer) -> Self {
        Self {
            value: (),
            status: answer.status(),
            headers: answer.headers().clone(),
            report: answer.report(),
        }
    }
}
