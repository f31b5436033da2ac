//! An answer of the server, read to its end.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use prism_imports_core::{
    ImportJob, ReadError,
    wire::{DecodeError, Snapshot},
};
use prism_imports_transport::{CallReport, Phase, ResponseBody};

use crate::error::{Error, ErrorKind};

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    head: http::response::Parts,
    body: Bytes,
    report: CallReport,
}

impl Answer {
    /// Reads an answer to its end.
    pub(crate) async fn read(
        response: Response<ResponseBody>,
        operation: &'static str,
    ) -> Result<Self, Error> {
        let report = CallReport::of(&response).unwrap_or_default();
        let (head, body) = response.into_parts();
        let body = match body.into_bytes() {
            Ok(body) => body,
            Err(stream) => stream
                .collect()
                .await
                .map_err(|error| Error::no_answer(error, operation))?,
        };
        Ok(Self { head, body, report })
    }

    /// Tells whether an answer's head says that its body is JSON, or says nothing of it.
    pub(crate) fn says_json(headers: &HeaderMap) -> bool {
        headers.get(header::CONTENT_TYPE).is_none_or(is_json)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns what the server's clock showed when it answered, to the second.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let date = self.headers().get(header::DATE)?.to_str().ok()?;
        DateTimeParser::new().parse_timestamp(date).ok()
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn report(&self) -> CallReport {
        self.report
    }

    pub(crate) fn into_head(self) -> http::response::Parts {
        self.head
    }

    /// Reads the job that an answer of success tells of.
    pub(crate) fn job(&self, operation: &'static str) -> Result<ImportJob, Error> {
        self.check(operation)?;
        ImportJob::from_slice(&self.body).map_err(|error| Error::unreadable(self, error, operation))
    }

    /// Reads the snapshot that an answer of success holds.
    pub(crate) fn snapshot(&self, operation: &'static str) -> Result<Snapshot, Error> {
        self.check(operation)?;
        let read: Result<_, DecodeError> = Snapshot::from_slice(&self.body);
        read.map_err(|error| Error::unreadable(self, ReadError::Decode(error), operation))
    }

    /// The error of this answer, with what its head says.
    pub(crate) fn error(&self, kind: ErrorKind, operation: &'static str) -> Error {
        Error::new(kind, operation).with(|inner| {
            inner.status = Some(self.status());
            inner.request_id = request_id(self.headers()).map(Into::into);
            inner.phase = Phase::Answered;
            inner.report = self.report();
        })
    }

    /// The beginning of a body that is no JSON of ours, for a message: what might hold rows is never shown.
    pub(crate) fn snippet(&self) -> String {
        let content_type = self
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("no content type");
        let text = String::from_utf8_lossy(
            self.body
                .get(..self.body.len().min(SNIPPET))
                .unwrap_or_default(),
        );
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with(['{', '[', '"']) || text.is_empty() {
            return format!("{content_type} of {} bytes", self.body.len());
        }
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        format!("{content_type} of {} bytes: `{text}`", self.body.len())
    }

    /// Checks that the answer is one of success, and says it is JSON if it says anything.
    fn check(&self, operation: &'static str) -> Result<(), Error> {
        if !self.status().is_success() {
            return Err(Error::refused(self, operation));
        }
        if Self::says_json(self.headers()) {
            return Ok(());
        }
        let snippet = self.snippet();
        Err(self.error(ErrorKind::Decode, operation).with(|inner| {
            inner.what = Some("the answer is no JSON".into());
            inner.body = Some(snippet);
            inner.commit = Some(crate::error::Commit::Committed);
        }))
    }
}

/// Returns the server's name for the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST_ID).and_then(|id| id.to_str().ok())
}

/// Tells whether a content type is JSON, whatever its parameters hold.
fn is_json(content_type: &HeaderValue) -> bool {
    let mut parts = content_type.as_bytes().split(|&byte| byte == b';');
    let essence = parts.next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
        || essence.to_ascii_lowercase().ends_with(b"+json")
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of a foreign body that a message shows: enough to tell a proxy's page from a stack trace.
const SNIPPET: usize = 80;
