//! A response of the server, read to its end or decoded as it arrives.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use prism_imports_core::{ImportJob, JobId, ReadError, RowDecoder};
use prism_imports_transport::{BoxError, CallReport, Phase, ResponseBody};

use super::Reply;
use crate::error::{Commit, Error, ErrorKind, ServerError};

/// A response with its whole body.
pub(crate) type Answer = Reply<Bytes>;

impl Answer {
    /// Reads a response to its end.
    pub(crate) async fn read(response: Response<ResponseBody>) -> Result<Self, Error> {
        let (head, body) = Reply(response).split();
        match body.collect().await {
            Ok(bytes) => Ok(head.map(|()| bytes)),
            Err(error) => Err(head.cut_short(error)),
        }
    }

    /// Decodes the body of a response of success.
    pub(crate) fn decode<T>(
        &self,
        decode: impl FnOnce(&[u8]) -> Result<T, ReadError>,
    ) -> Result<T, Error> {
        if !self.is_json() {
            return Err(self.refused());
        }
        decode(self.value()).map_err(|error| self.described(self.unreadable(error)))
    }

    /// The error of a response that is no success, or whose body is not JSON.
    fn refused(&self) -> Error {
        let status = self.status();
        let kind = match status {
            StatusCode::UNAUTHORIZED => ErrorKind::Auth,
            StatusCode::FORBIDDEN => ErrorKind::Denied,
            StatusCode::NOT_FOUND => ErrorKind::NotFound,
            StatusCode::REQUEST_TIMEOUT => ErrorKind::Timeout,
            StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
            status if status.is_success() => {
                let what = self.not_undone();
                let what = what.unwrap_or("the response is not JSON".into());
                let error = self.described(self.error(ErrorKind::Decode));
                return error.with_message(what);
            }
            status if status.is_client_error() => ErrorKind::Rejected,
            status if status.is_server_error() => ErrorKind::Server,
            _ => ErrorKind::Contract,
        };
        let server = ServerError::from_slice(self.value());
        let mut error = self.error(kind);
        if kind == ErrorKind::Contract {
            error = error.with_message(if status == StatusCode::NOT_MODIFIED {
                "the server answers 304 not modified, though the request has no condition"
            } else if status.is_redirection() {
                "the server redirects, which is not followed"
            } else {
                "the status is not one of the contract"
            });
        }
        error.with(|inner| {
            inner.commit = Some(self.commit(server.as_ref()));
            let given = || Some(server.as_ref()?.request_id.as_deref()?.into());
            inner.request_id = inner.request_id.take().or_else(given);
            inner.server = server;
        })
    }

    /// Whether a submit that got this response of failure may have started an import.
    fn commit(&self, server: Option<&ServerError>) -> Commit {
        // This response itself counts among the unrefused ones, unless its status is a refusal.
        let itself = u32::from(!CallReport::is_refusal(self.status()));
        let others = self.report().unrefused.saturating_sub(itself);
        let code = server.and_then(ServerError::code);
        match (code, server.and_then(|server| server.write_committed)) {
            (Some("write_committed"), _) | (_, Some(true)) => Commit::Committed,
            _ if self.report().accepted > 0 => Commit::Committed,
            (Some("write_outcome_unknown"), _) => Commit::Unknown,
            // The key belongs to another body: this one was not carried out.
            (Some("idempotency_key_mismatch"), _) | (_, Some(false)) if others == 0 => {
                Commit::NotCommitted
            }
            _ => Commit::of(&self.report()),
        }
    }

    /// Describes the body of this response of success in an error.
    fn described(&self, error: Error) -> Error {
        // A page, or an error under the status of a success, need not come from the server of the imports.
        let is_job = error.kind == ErrorKind::Contract
            || (self.is_json()
                && self.start().starts_with('{')
                && ServerError::from_slice(self.value()).is_none());
        error.with(|inner| {
            inner.body = Some(self.snippet());
            if !is_job {
                inner.commit = Some(Commit::Unknown);
            }
        })
    }

    /// Describes a body that is not understood. JSON is never shown, since it may hold rows, and neither is anything but
    /// text.
    fn snippet(&self) -> String {
        let content_type = self.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("no content type");
        let what = format!("{content_type} of {} bytes", self.value().len());
        let text = self.start();
        let is_text = self.encoding().is_none()
            // The last character may be cut.
            && !text.trim_end_matches('\u{fffd}').contains(is_binary);
        if !is_text || text.starts_with(['{', '[', '"']) || text.is_empty() {
            return what;
        }
        format!("{what}: `{}`", text.replace(char::is_control, " "))
    }

    /// Returns the start of the body as text, without space around it.
    fn start(&self) -> String {
        let start = self.value().get(..SNIPPET).unwrap_or(self.value());
        let text = String::from_utf8_lossy(start);
        text.trim_start_matches('\u{feff}').trim().to_owned()
    }
}

/// A response of success whose body is decoded as it arrives: the rows are in memory, and the body is not.
pub(crate) struct Arriving {
    head: Reply<()>,
    body: ResponseBody,
    pub(crate) decoder: RowDecoder,
}

impl Arriving {
    /// Begins to decode a job. Any other response is read to its end, and is an error.
    pub(crate) async fn new(response: Response<ResponseBody>, job: &JobId) -> Result<Self, Error> {
        let reply = Reply(response);
        if !reply.is_json() {
            return Err(Answer::read(reply.0).await?.refused());
        }
        let (head, body) = reply.split();
        Ok(Self {
            head,
            body,
            decoder: RowDecoder::for_job(job.clone()),
        })
    }

    /// Decodes the next piece of the body; `false` at its end.
    pub(crate) async fn advance(&mut self) -> Result<bool, Error> {
        let read = self.body.data().await;
        let data = read.map_err(|error| self.head.cut_short(error))?;
        if let Some(data) = &data {
            let pushed = self.decoder.push(data).map_err(ReadError::Decode);
            pushed.map_err(|error| self.head.unreadable(error))?;
        }
        Ok(data.is_some())
    }

    /// Returns the job, by one of the ways to finish the decoder.
    pub(crate) fn finish(
        self,
        finish: fn(RowDecoder) -> Result<ImportJob, ReadError>,
    ) -> Result<Reply<ImportJob>, Error> {
        match finish(self.decoder) {
            Ok(job) => Ok(self.head.map(|()| job)),
            Err(error) => {
                // A body that ends early may be whole next time.
                let is_cut = matches!(&error, ReadError::Decode(error) if error.is_truncated());
                let mut error = self.head.unreadable(error);
                if is_cut && self.head.encoding().is_none() {
                    error.kind = ErrorKind::Body;
                }
                Err(error)
            }
        }
    }
}

impl Reply<()> {
    /// The error of a body that failed to arrive.
    fn cut_short(&self, error: BoxError) -> Error {
        let error = Error::unanswered(error);
        error.with(|inner| {
            inner.status = Some(self.status());
            inner.request_id = self.request_id().map(Into::into);
            // The body of another layer has no report.
            if inner.report.attempts == 0 {
                inner.report = self.report();
            }
        })
    }
}

impl<T> Reply<T> {
    /// Returns `true` if this is a success, and the headers declare a JSON body or declare nothing.
    fn is_json(&self) -> bool {
        let content_type = self.headers().get(header::CONTENT_TYPE);
        self.status().is_success() && content_type.is_none_or(is_json)
    }

    /// Returns the encoding that the body is still in, according to the headers.
    fn encoding(&self) -> Option<&str> {
        let encoding = self.headers().get(header::CONTENT_ENCODING)?;
        let encoding = encoding.to_str().unwrap_or("?").trim();
        let is_none = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
        (!is_none).then_some(encoding)
    }

    fn not_undone(&self) -> Option<Cow<'static, str>> {
        let encoding = self.encoding()?;
        Some(format!("content-encoding `{encoding}` is not understood").into())
    }

    /// Makes an error with this head.
    fn error(&self, kind: ErrorKind) -> Error {
        Error::of_kind(kind).with(|inner| {
            inner.status = Some(self.status());
            inner.request_id = self.request_id().map(Into::into);
            inner.phase = Phase::Answered;
            inner.report = self.report();
            inner.date = self.date();
        })
    }

    /// Makes the error of a body that is not a job: why, or the likely cause, an encoding that was not undone.
    fn unreadable(&self, cause: ReadError) -> Error {
        match cause {
            ReadError::Decode(cause) => {
                let error = self.error(ErrorKind::Decode);
                let error = error.with(|inner| inner.what = self.not_undone());
                error.caused_by(cause)
            }
            ReadError::Contradiction(cause) => self.error(ErrorKind::Contract).caused_by(cause),
        }
    }
}

fn is_binary(c: char) -> bool {
    c == '\u{fffd}' || (c.is_control() && !c.is_whitespace())
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

/// Bytes of a body that a message shows: enough to recognize a proxy's error page.
const SNIPPET: usize = 80;
