//! An answer of the server with its whole body.

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
    /// Reads the whole body of an answer.
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

    /// Returns `true` if the content type is JSON or missing.
    pub(crate) fn may_be_json(headers: &HeaderMap) -> bool {
        headers.get(header::CONTENT_TYPE).is_none_or(is_json)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns the `Date` of the answer, which has a precision of one second.
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

    /// Decodes the job of a successful answer.
    pub(crate) fn job(&self, operation: &'static str) -> Result<ImportJob, Error> {
        self.check(operation)?;
        ImportJob::from_slice(&self.body).map_err(|error| Error::unreadable(self, error, operation))
    }

    /// Decodes the snapshot of a successful answer.
    pub(crate) fn snapshot(&self, operation: &'static str) -> Result<Snapshot, Error> {
        self.check(operation)?;
        let read: Result<_, DecodeError> = Snapshot::from_slice(&self.body);
        read.map_err(|error| Error::unreadable(self, ReadError::Decode(error), operation))
    }

    /// Creates an error with the status, the request id and the call report of this answer.
    pub(crate) fn error(&self, kind: ErrorKind, operation: &'static str) -> Error {
        Error::new(kind, operation).with(|inner| {
            inner.status = Some(self.status());
            inner.request_id = request_id(self.headers()).map(Into::into);
            inner.phase = Phase::Answered;
            inner.report = self.report();
        })
    }

    /// Returns the beginning of an undecodable body for a message, but never JSON, which may contain rows.
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

    /// Checks that the status is a success and that the content type, if any, is JSON.
    fn check(&self, operation: &'static str) -> Result<(), Error> {
        if !self.status().is_success() {
            return Err(Error::refused(self, operation));
        }
        if Self::may_be_json(self.headers()) {
            return Ok(());
        }
        let snippet = self.snippet();
        Err(self.error(ErrorKind::Decode, operation).with(|inner| {
            inner.what = Some("the answer is not JSON".into());
            inner.body = Some(snippet);
            inner.commit = Some(crate::error::Commit::Committed);
        }))
    }
}

/// Returns the server's request id.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST_ID).and_then(|id| id.to_str().ok())
}

/// Returns `true` if a content type is JSON, with any parameters.
fn is_json(content_type: &HeaderValue) -> bool {
    let mut parts = content_type.as_bytes().split(|&byte| byte == b';');
    let essence = parts.next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
        || essence.to_ascii_lowercase().ends_with(b"+json")
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The bytes of an undecodable body in a message: enough to distinguish a proxy's page from a stack trace.
const SNIPPET: usize = 80;
