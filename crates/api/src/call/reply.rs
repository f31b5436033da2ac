//! A result with what the answer said besides.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use prism_imports_transport::CallReport;

use super::answer::{Answer, request_id};

/// A result, with the status, the headers and the account of the call that got it.
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

    /// Puts another result in the place of this one.
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

    /// Returns the result, without the rest.
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

    /// Returns the server's name for the request, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// Tells whether the server repeats the answer it gave to an earlier request with the same key.
    pub fn is_replay(&self) -> bool {
        self.headers
            .get("idempotent-replay")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
    }

    /// Returns how many attempts went on the wire.
    pub fn attempts(&self) -> u32 {
        self.report.attempts()
    }

    /// Returns the time the call took, waits included.
    pub fn elapsed(&self) -> Duration {
        self.report.elapsed()
    }
}

impl Reply<()> {
    /// What an answer says besides its result.
    pub(crate) fn head_of(answer: &Answer) -> Self {
        Self {
            value: (),
            status: answer.status(),
            headers: answer.headers().clone(),
            report: answer.report(),
        }
    }
}
