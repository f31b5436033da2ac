//! The error of this crate: what failed, how far the request got, and what was tried.

mod kind;
mod read;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub use self::kind::{Kind, Phase, Scope};
#[cfg(feature = "client")]
pub(crate) use self::read::chain;
use crate::call::{CallReport, Stop};

/// Any error at all, as tower's layers pass it.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why there is no answer.
///
/// A response with an error status is not an error here. `Display` shows this level only;
/// [`source`](StdError::source) has the rest, with the errors of other layers and services unchanged, so
/// that they can be downcast. Layers return it as a [`BoxError`], in which a downcast or [`from_boxed`](Self::from_boxed)
/// finds it.
///
/// # Examples
///
/// ```
/// use prism_imports_transport::{Error, Kind, Phase};
///
/// // The error that a service of your own returns if it could not connect: retried even for a plain POST.
/// let error = Error::new(Kind::Connect, Phase::NotSent).with_source("no route");
/// assert_eq!(error.phase(), Phase::NotSent);
/// assert_eq!(error.to_string(), "could not connect");
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: Kind,
    phase: Phase,
    message: Option<Cow<'static, str>>,
    source: Option<BoxError>,
    report: CallReport,
    retry_after: Option<Duration>,
    request_id: Option<Box<str>>,
    status: Option<StatusCode>,
    stale: bool,
}

impl Error {
    /// Makes an error of a kind; `phase` is how far the request got.
    pub fn new(kind: Kind, phase: Phase) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                phase,
                message: None,
                source: None,
                report: CallReport::default(),
                retry_after: None,
                request_id: None,
                status: None,
                stale: false,
            }),
        }
    }

    /// Sets the source of the error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Adds the head of the answer whose body failed: its status and its `x-request-id`.
    #[must_use]
    pub fn with_head(self, status: StatusCode, headers: &HeaderMap) -> Self {
        self.with_answer(status, headers.get(REQUEST_ID))
    }

    pub(crate) fn with_answer(
        mut self,
        status: StatusCode,
        request_id: Option<&HeaderValue>,
    ) -> Self {
        self.inner.status = Some(status);
        self.inner.request_id = request_id.and_then(|id| id.to_str().ok()).map(Into::into);
        self
    }

    /// Replaces the text of `Display`. Never a secret or a row.
    #[must_use]
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.inner.message = Some(message.into());
        self
    }

    /// Marks a reused connection that closed before the first byte of an answer, as servers close
    /// idle connections: a safe request is then sent again at once, on a fresh one.
    #[must_use]
    pub fn with_stale_connection(mut self) -> Self {
        self.inner.stale = true;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner.retry_after = Some(wait);
        self
    }

    pub(crate) fn with_phase(mut self, phase: Phase) -> Self {
        self.inner.phase = phase;
        self
    }

    pub(crate) fn with_report(mut self, report: CallReport) -> Self {
        self.inner.report = report;
        self
    }

    /// The error of a time limit.
    pub(crate) fn timeout(scope: Scope, phase: Phase) -> Self {
        Self::new(Kind::Timeout(scope), phase)
    }

    /// The error of something that is put together wrongly.
    pub(crate) fn config(message: &'static str) -> Self {
        Self::new(Kind::Config, Phase::NotSent).with_message(message)
    }

    /// Returns what failed.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Returns how far the request got, over all attempts of the call: [`Phase::NotSent`] only when
    /// surely none of them reached the server.
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// Returns how many requests were given to the HTTP service.
    pub fn attempts(&self) -> u32 {
        self.inner.report.attempts()
    }

    /// Returns the time from the start of the call to this error, waits included.
    pub fn elapsed(&self) -> Duration {
        self.inner.report.elapsed()
    }

    /// Returns how long the server, or the quota, asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after.or(self.inner.report.retry_after())
    }

    /// Returns why no further attempt was made, when one would have been allowed otherwise.
    pub fn stop(&self) -> Option<Stop> {
        self.inner.report.stop()
    }

    /// Returns the report of the whole call.
    pub fn report(&self) -> &CallReport {
        &self.inner.report
    }

    /// Returns the `x-request-id` of the answer whose body failed.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Returns the status of the answer whose body failed.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.status
    }

    pub(crate) fn is_stale_connection(&self) -> bool {
        self.inner.stale
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.message {
            Some(message) => f.write_str(message),
            None => self.inner.kind.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.inner.kind);
        out.field("phase", &self.inner.phase);
        if let Some(message) = &self.inner.message {
            out.field("message", message);
        }
        if let Some(status) = self.inner.status {
            out.field("status", &status);
        }
        if let Some(id) = &self.inner.request_id {
            out.field("request_id", id);
        }
        out.field("report", &self.inner.report);
        if let Some(source) = &self.inner.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_ref().map(|source| &**source as _)
    }
}

/// The header with which a server names a request, for its support.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
