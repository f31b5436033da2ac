//! Reads a response body within its limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::time::timeout_at;

use crate::body::ResponseBody;
use crate::call::{CallContext, Deadline};
use crate::error::{BoxError, Error, Kind, Phase, REQUEST_ID, Scope};

/// A body that cannot hang, and cannot grow without end.
pub(super) struct Reader {
    body: ResponseBody,
    end: End,
    idle: Duration,
    max_body: u64,
    /// The length of the body, if the head declares one.
    declared: Option<u64>,
    read: u64,
    status: StatusCode,
    request_id: Option<HeaderValue>,
    call: CallContext,
}

/// The instant of an end, and which limit sets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Deadline,
    pub(super) scope: Scope,
}

impl Reader {
    pub(super) fn new(
        body: ResponseBody,
        head: &Parts,
        call: &CallContext,
        end: End,
        idle: Duration,
        max_body: u64,
    ) -> Self {
        Self {
            body,
            end,
            idle,
            max_body,
            declared: declared_length(&head.headers),
            read: 0,
            status: head.status,
            request_id: head.headers.get(REQUEST_ID).cloned(),
            call: call.clone(),
        }
    }

    /// Reads the whole body.
    pub(super) async fn read_all(&mut self) -> Result<Bytes, Error> {
        self.check_declared()?;
        let declared = self.declared.unwrap_or(0);
        let reserved = usize::try_from(declared.min(FIRST_BUFFER)).unwrap_or(0);
        let mut whole = BytesMut::with_capacity(reserved);
        while let Some(frame) = self.next().await? {
            if let Ok(data) = frame.into_data() {
                whole.extend_from_slice(&data);
            }
        }
        Ok(whole.freeze())
    }

    /// Reads the body of an error response: keeps the first `most` bytes, and reads a little more so that the connection can
    /// be used again. The head is worth having without the body, so no fault of the body is an error.
    pub(super) async fn read_some(&mut self, most: u64) -> Bytes {
        self.max_body = most.saturating_add(DRAIN);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut kept = BytesMut::new();
        while let Ok(Some(frame)) = self.next().await {
            if let Ok(mut data) = frame.into_data() {
                data.truncate(most.saturating_sub(kept.len()));
                kept.extend_from_slice(&data);
            }
        }
        kept.freeze()
    }

    /// Makes a body that is read while it arrives. Without a deadline only the idle timeout ends it.
    pub(super) fn into_stream(mut self, deadline: Option<Deadline>) -> Result<ResponseBody, Error> {
        self.check_declared()?;
        self.end = End {
            at: deadline.unwrap_or_else(|| Deadline::after(Duration::MAX)),
            scope: Scope::Call,
        };
        let frames = stream::try_unfold(self, async |mut reader| {
            let frame = reader.next().await?;
            Ok::<_, Error>(frame.map(|frame| (frame, reader)))
        });
        Ok(ResponseBody::new(StreamBody::new(frames)))
    }

    /// Refuses a body that its head declares to be too large, before any of it is read.
    fn check_declared(&self) -> Result<(), Error> {
        match self.declared {
            Some(declared) if declared > self.max_body => Err(self.fault(self.too_large())),
            Some(_) | None => Ok(()),
        }
    }

    /// Reads the next frame. The idle time runs from the first moment at which there is nothing to read.
    async fn next(&mut self) -> Result<Option<Frame<Bytes>>, Error> {
        let frame = self.read_frame().await;
        frame.map_err(|error| self.fault(error))
    }

    async fn read_frame(&mut self) -> Result<Option<Frame<Bytes>>, Error> {
        let end = self.end;
        let stalls_at = Deadline::after(self.idle);
        // The body is polled before the timer: bytes that arrive on the tick are bytes.
        let at = stalls_at.at.min(end.at.at);
        let Ok(frame) = timeout_at(at, self.body.frame()).await else {
            let is_idle = stalls_at < end.at;
            let scope = if is_idle { Scope::Idle } else { end.scope };
            return Err(Error::new(Kind::Timeout(scope), Phase::Answered));
        };
        let Some(frame) = frame else {
            return match self.declared {
                Some(declared) if declared != self.read => Err(wrong_length(self.read, declared)),
                Some(_) | None => Ok(None),
            };
        };
        let frame = frame.map_err(cut_short)?;
        // A body that always has a frame ready never waits for a timer.
        if self.read > 0 && end.at.has_passed() {
            return Err(Error::new(Kind::Timeout(end.scope), Phase::Answered));
        }
        if let Some(data) = frame.data_ref() {
            let more = u64::try_from(data.len()).unwrap_or(u64::MAX);
            self.read = self.read.saturating_add(more);
            if self.read > self.max_body {
                return Err(self.too_large());
            }
        }
        Ok(Some(frame))
    }

    fn too_large(&self) -> Error {
        let max = self.max_body;
        Error::new(Kind::TooLarge, Phase::Answered)
            .with_message(format!("body larger than the limit of {max} bytes"))
    }

    /// Adds to an error what is known of the response and its call.
    fn fault(&self, error: Error) -> Error {
        error
            .with_answer(self.status, self.request_id.as_ref())
            .with_report(self.call.report())
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    // RFC 9112, section 6.3: the transfer encoding has precedence.
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    // The length may be repeated; hyper refuses lengths that differ.
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    length.split(',').next()?.trim().parse().ok()
}

fn wrong_length(read: u64, declared: u64) -> Error {
    let message = format!("body of {read} bytes where {declared} were declared");
    Error::new(Kind::Body, Phase::Answered).with_message(message)
}

/// The error of a body that failed to arrive. An error of ours, from a limit further in, passes unchanged.
fn cut_short(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(error) => Error::new(Kind::Body, Phase::Answered).with_source(error),
    }
}

/// How much of an error response is read beyond what is kept. More than this costs more than a new connection.
const DRAIN: u64 = 192 * 1024;

/// The most that is reserved because a `Content-Length` says so.
const FIRST_BUFFER: u64 = 1_048_576;
