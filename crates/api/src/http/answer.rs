//! A response of the server, read to its end.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use prism_imports_core::{ImportJob, JobId, ReadError, RowDecoder, wire::Snapshot};
use prism_imports_transport::{self as transport, CallReport, Phase, ResponseBody};

use super::Reply;
use crate::error::{Commit, Error, ErrorKind, ServerError};

/// A response with its whole body.
pub(crate) type Answer = Reply<Bytes>;

impl Answer {
    /// Reads a response to its end.
    pub(crate) async fn read(
        response: Response<ResponseBody>,
        operation: &'static str,
    ) -> Result<Self, Error> {
        let report = CallReport::of(&response).unwrap_or_default();
        let (head, body) = response.into_parts();
        let (status, headers) = (head.status, head.headers);
        match body.collect().await {
            Ok(value) => Ok(Self {
                value,
                status,
                headers,
                report,
            }),
            Err(error) => {
                let error = transport::Error::from_boxed(error);
                Err(Error::unanswered(error, operation).with(|inner| {
                    inner.status = Some(status);
                    inner.request_id = request_id(&headers).map(Into::into);
                    inner.report = report;
                    inner.commit = Some(Commit::of(&report));
                }))
            }
        }
    }

    /// Reads a job while the body of its response arrives: the rows are in memory, and the body is not.
    pub(crate) async fn read_job(
        response: Response<ResponseBody>,
        job: &JobId,
        operation: &'static str,
    ) -> Result<Reply<ImportJob>, Error> {
        if !response.status().is_success() || !Self::says_json(response.headers()) {
            let answer = Self::read(response, operation).await?;
            let job = answer.job(Some(job), operation)?;
            return Ok(answer.map(|_| job));
        }
        let report = CallReport::of(&response).unwrap_or_default();
        let (head, mut body) = response.into_parts();
        let answer = Self {
            value: Bytes::new(),
            status: head.status,
            headers: head.headers,
            report,
        };
        let unreadable = |error| {
            let error = answer.unreadable(error, operation);
            error.with(|inner| inner.body = None)
        };
        let mut decoder = RowDecoder::for_job(job.clone());
        while let Some(data) = body
            .data()
            .await
            .map_err(|error| Error::unanswered(transport::Error::from_boxed(error), operation))?
        {
            let pushed = decoder.push(&data);
            pushed.map_err(|error| unreadable(ReadError::Decode(error)))?;
        }
        let job = decoder.finish_with_rows().map_err(unreadable)?;
        Ok(answer.map(|_| job))
    }

    /// Returns `true` if the headers declare a JSON body, or declare nothing.
    pub(crate) fn says_json(headers: &HeaderMap) -> bool {
        headers.get(header::CONTENT_TYPE).is_none_or(is_json)
    }

    /// Returns the encoding that the body is still in, according to the headers.
    pub(crate) fn encoding(headers: &HeaderMap) -> Option<&str> {
        let encoding = headers.get(header::CONTENT_ENCODING)?;
        let encoding = encoding.to_str().unwrap_or("?").trim();
        let is_none = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
        (!is_none).then_some(encoding)
    }

    /// Reads the job of a successful response. `asked` is the job that was asked for.
    pub(crate) fn job(
        &self,
        asked: Option<&JobId>,
        operation: &'static str,
    ) -> Result<ImportJob, Error> {
        self.check(operation)?;
        match asked {
            Some(id) => ImportJob::from_slice_for(id, self.value()),
            None => ImportJob::from_slice(self.value()),
        }
        .map_err(|error| self.unreadable(error, operation))
    }

    /// Reads the snapshot of a successful response.
    pub(crate) fn snapshot(&self, operation: &'static str) -> Result<Snapshot, Error> {
        self.check(operation)?;
        let read = Snapshot::from_slice(self.value());
        read.map_err(|error| self.unreadable(ReadError::Decode(error), operation))
    }

    /// Makes an error with the head of this response.
    pub(crate) fn error(&self, kind: ErrorKind, operation: &'static str) -> Error {
        Error::new(kind, operation).with(|inner| {
            inner.status = Some(self.status());
            inner.request_id = self.request_id().map(Into::into);
            inner.phase = Phase::Answered;
            inner.report = self.report;
            inner.retry_after = self.report.retry_after();
            inner.date = self.date();
        })
    }

    /// Describes a body that is not understood. JSON is never shown, since it may hold rows, and neither is anything but
    /// text.
    fn snippet(&self) -> String {
        let content_type = self.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("no content type");
        let body = self.value();
        let what = format!("{content_type} of {} bytes", body.len());
        let start = String::from_utf8_lossy(body.get(..SNIPPET).unwrap_or(body));
        let text = start.trim_start_matches('\u{feff}').trim();
        let is_text = Self::encoding(self.headers()).is_none()
            // The last character may be cut.
            && !text.trim_end_matches('\u{fffd}').contains(is_binary);
        if !is_text || text.starts_with(['{', '[', '"']) || text.is_empty() {
            return what;
        }
        format!("{what}: `{}`", text.replace(char::is_control, " "))
    }

    /// Checks that the status is a success, and that the content type is JSON or missing.
    fn check(&self, operation: &'static str) -> Result<(), Error> {
        if !self.status().is_success() {
            return Err(self.refused(operation));
        }
        if Self::says_json(self.headers()) {
            return Ok(());
        }
        let what = match Self::encoding(self.headers()) {
            Some(encoding) => format!("content-encoding `{encoding}` is not understood").into(),
            None => "the response is not JSON".into(),
        };
        let error = self.not_understood(ErrorKind::Decode, operation);
        Err(error.with(|inner| inner.what = Some(what)))
    }

    /// The error of a response whose status is not a success.
    fn refused(&self, operation: &'static str) -> Error {
        let status = self.status();
        let kind = match status {
            StatusCode::UNAUTHORIZED => ErrorKind::Auth,
            StatusCode::FORBIDDEN => ErrorKind::Denied,
            StatusCode::NOT_FOUND => ErrorKind::NotFound,
            StatusCode::REQUEST_TIMEOUT => ErrorKind::Timeout,
            StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
            status if status.is_client_error() => ErrorKind::Rejected,
            status if status.is_server_error() => ErrorKind::Server,
            _ => ErrorKind::Contract,
        };
        let server = ServerError::from_slice(self.value());
        let commit = self.commit(server.as_ref());
        self.error(kind, operation).with(|inner| {
            if kind == ErrorKind::Contract {
                let what = if status == StatusCode::NOT_MODIFIED {
                    "the server answers 304 not modified, though the request has no condition"
                } else if status.is_redirection() {
                    "the server redirects, which is not followed"
                } else {
                    "the status is not one of the contract"
                };
                inner.what = Some(what.into());
            }
            let given = server.as_ref().and_then(ServerError::request_id);
            inner.request_id = inner.request_id.take().or(given.map(Into::into));
            inner.server = server;
            inner.commit = Some(commit);
        })
    }

    /// Whether a submit that got this response of failure may have started an import.
    fn commit(&self, server: Option<&ServerError>) -> Commit {
        // This response itself counts among the unrefused ones, unless its status is a refusal.
        let itself = u32::from(!CallReport::is_refusal(self.status()));
        let others = self.report.unrefused().saturating_sub(itself);
        let code = server.and_then(ServerError::code);
        match (code, server.and_then(ServerError::write_committed)) {
            (Some("write_committed"), _) | (_, Some(true)) => Commit::Committed,
            _ if self.report.accepted() > 0 => Commit::Committed,
            (Some("write_outcome_unknown"), _) => Commit::Unknown,
            // The key belongs to another body: this one was not carried out.
            (Some("idempotency_key_mismatch"), _) | (_, Some(false)) if others == 0 => {
                Commit::NotCommitted
            }
            _ => Commit::of(&self.report),
        }
    }

    /// The error of a response of success whose body is not a job.
    fn unreadable(&self, error: ReadError, operation: &'static str) -> Error {
        let kind = match error {
            ReadError::Decode(_) => ErrorKind::Decode,
            ReadError::Contradiction(_) => ErrorKind::Contract,
        };
        let encoding = Self::encoding(self.headers());
        self.not_understood(kind, operation)
            .with(|inner| inner.show_read(error, encoding))
    }

    /// Makes an error that describes the body of this response of success.
    fn not_understood(&self, kind: ErrorKind, operation: &'static str) -> Error {
        // A page, or an error under the status of a success, need not come from the server of the imports.
        let start = String::from_utf8_lossy(self.value().get(..SNIPPET).unwrap_or(self.value()));
        let is_object = start
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('{');
        let is_job = kind == ErrorKind::Contract
            || (Self::says_json(self.headers())
                && is_object
                && ServerError::from_slice(self.value()).is_none());
        self.error(kind, operation).with(|inner| {
            inner.body = Some(self.snippet());
            inner.commit = Some(if is_job {
                Commit::of(&self.report)
            } else {
                Commit::Unknown
            });
        })
    }
}

fn is_binary(c: char) -> bool {
    c == '\u{fffd}' || (c.is_control() && !c.is_whitespace())
}

/// Returns the server's name for the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST_ID).and_then(|id| id.to_str().ok())
}

/// Returns `true` if a content type is JSON: with any parameters, in its older form, or given twice.
fn is_json(content_type: &HeaderValue) -> bool {
    let content_type = content_type.as_bytes().to_ascii_lowercase();
    content_type.split(|&byte| byte == b',').any(|one| {
        let mut parts = one.split(|&byte| byte == b';');
        let essence = parts.next().unwrap_or_default().trim_ascii();
        matches!(essence, b"application/json" | b"text/json") || essence.ends_with(b"+json")
    })
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of a body that a message shows: enough to recognize a proxy's error page.
const SNIPPET: usize = 80;
