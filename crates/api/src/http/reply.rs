//! A result with the head of its response.

use http::{HeaderMap, Response, StatusCode, header};
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
pub struct Reply<T>(pub(super) Response<T>);

impl<T> Reply<T> {
    /// Makes a reply with the status 200 and no headers: for doubles and caches of the [typed
    /// services](crate::GetImports). One with others is made [from](Self::from) a [`Response`].
    pub fn new(value: T) -> Self {
        Self(Response::new(value))
    }

    /// Converts the result and keeps the rest.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Reply<U> {
        Reply(self.0.map(convert))
    }

    /// Splits the result from the rest.
    pub(crate) fn split(self) -> (Reply<()>, T) {
        let (head, value) = self.0.into_parts();
        (Reply(Response::from_parts(head, ())), value)
    }

    /// Returns the reply without its result.
    pub(crate) fn head(&self) -> Reply<()> {
        let mut head = Response::new(());
        *head.status_mut() = self.0.status();
        *head.headers_mut() = self.0.headers().clone();
        *head.extensions_mut() = self.0.extensions().clone();
        Reply(head)
    }

    /// Returns the result.
    pub fn value(&self) -> &T {
        self.0.body()
    }

    /// Returns the result, without the rest.
    pub fn into_value(self) -> T {
        self.0.into_body()
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Returns the headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Returns the server's id of the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.headers().get("x-request-id")?.to_str().ok()
    }

    /// Returns `true` if the server repeats its response to an earlier request with the same key.
    pub fn is_replay(&self) -> bool {
        self.headers()
            .get("idempotent-replay")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
    }

    /// Returns the server's time when it answered, to the second: the `Date` header.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let date = self.headers().get(header::DATE)?.to_str().ok()?;
        DateTimeParser::new().parse_timestamp(date).ok()
    }

    /// Returns how many requests were sent; 0 if a cache or a double made the reply.
    pub fn attempts(&self) -> u32 {
        self.report().attempts
    }

    /// Returns the report of the call: its requests and its time.
    pub fn report(&self) -> CallReport {
        CallReport::of(&self.0).unwrap_or_default()
    }
}

impl<T> From<Response<T>> for Reply<T> {
    fn from(response: Response<T>) -> Self {
        Self(response)
    }
}
