//! A result with the head of its response.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use prism_imports_transport::CallReport;

/// A result, with the status and the headers of its response and the report of its call.
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
    pub(super) value: T,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) report: CallReport,
}

impl<T> Reply<T> {
    /// Makes a reply with the status 200 and no headers: for doubles and caches of the [typed
    /// services](crate::GetImports).
    pub fn new(value: T) -> Self {
        Self {
            value,
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            report: CallReport::default(),
        }
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Converts the result and keeps the rest.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            value: convert(self.value),
            status: self.status,
            headers: self.headers,
            report: self.report,
        }
    }

    /// Returns the reply without its result.
    pub(crate) fn head(&self) -> Reply<()> {
        Reply {
            value: (),
            status: self.status,
            headers: self.headers.clone(),
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

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the server's id of the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    /// Returns `true` if the server repeats its response to an earlier request with the same key.
    pub fn is_replay(&self) -> bool {
        self.headers
            .get("idempotent-replay")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
    }

    /// Returns how many requests were sent.
    pub fn attempts(&self) -> u32 {
        self.report.attempts
    }

    /// Returns the server's time when it answered, to the second: the `Date` header.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let date = self.headers.get(header::DATE)?.to_str().ok()?;
        DateTimeParser::new().parse_timestamp(date).ok()
    }

    /// Returns the report of the call.
    pub fn report(&self) -> &CallReport {
        &self.report
    }

    /// Returns the time the call took, waits included.
    pub fn elapsed(&self) -> Duration {
        self.report.elapsed
    }
}
