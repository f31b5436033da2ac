//! Reads a response body within its limits.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, StreamBody};
use tokio::time::{Instant, timeout_at};

use super::limits::End;
use crate::body::ResponseBody;
use crate::call::CallContext;
use crate::error::{BoxError, Error, Kind, Phase, REQUEST_ID, Scope};

/// A body that cannot hang, and cannot grow without end.
pub(super) struct Reader<C> {
    body: Pin<Box<C>>,
    limits: Limits,
    /// The length of the body, if the head declares one.
    declared: Option<u64>,
    read: u64,
    status: StatusCode,
    request_id: Option<HeaderValue>,
    call: CallContext,
    has_failed: bool,
}

/// What ends a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) end: End,
    pub(super) idle: Duration,
    pub(super) max_body: u64,
}

impl<C> Reader<C>
where
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    pub(super) fn new(body: C, head: &Parts, limits: Limits, call: &CallContext) -> Self {
        Self {
            body: Box::pin(body),
            limits,
            declared: declared_length(&head.headers),
            read: 0,
            status: head.status,
            request_id: head.headers.get(REQUEST_ID).cloned(),
            call: call.clone(),
            has_failed: false,
        }
    }

    /// Reads the whole body.
    pub(super) async fn read_all(mut self) -> Result<Bytes, Error> {
        self.check_declared()?;
        let declared = self.declared.unwrap_or(0);
        let reserved = usize::try_from(declared.min(FIRST_BUFFER)).unwrap_or(0);
        let mut whole = BytesMut::with_capacity(reserved);
        while let Some(frame) = self.next().await {
            if let Ok(data) = frame?.into_data() {
                whole.extend_from_slice(&data);
            }
        }
        Ok(whole.freeze())
    }

    /// Reads the body of an error response: keeps the first `most` bytes, and reads a little more so that the connection can
    /// be used again. The head is worth having without the body, so no fault of the body is an error.
    pub(super) async fn read_some(mut self, most: u64) -> Bytes {
        self.limits.max_body = most.saturating_add(DRAIN);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut kept = BytesMut::new();
        while let Some(Ok(frame)) = self.next().await {
            if let Ok(mut data) = frame.into_data() {
                data.truncate(most.saturating_sub(kept.len()));
                kept.extend_from_slice(&data);
            }
        }
        kept.freeze()
    }

    /// Makes a body that is read while it arrives.
    pub(super) fn into_stream(self) -> Result<ResponseBody, Error> {
        self.check_declared()?;
        let frames = stream::unfold(self, async move |mut reader| {
            let frame = reader.next().await?;
            Some((frame, reader))
        });
        Ok(ResponseBody::new(StreamBody::new(frames.fuse())))
    }

    /// Refuses a body that its head declares to be too large, before any of it is read.
    fn check_declared(&self) -> Result<(), Error> {
        let max = self.limits.max_body;
        if self.declared.is_some_and(|declared| declared > max) {
            return Err(self.fault(too_large(max)));
        }
        Ok(())
    }

    /// Reads the next frame. The idle time runs from the first moment at which there is nothing to read.
    async fn next(&mut self) -> Option<Result<Frame<Bytes>, Error>> {
        if self.has_failed {
            return None;
        }
        let frame = self.read_frame().await.transpose()?;
        self.has_failed = frame.is_err();
        Some(frame.map_err(|error| self.fault(error)))
    }

    async fn read_frame(&mut self) -> Result<Option<Frame<Bytes>>, Error> {
        let Limits {
            end,
            idle,
            max_body,
        } = self.limits;
        let stalls_at = Instant::now().checked_add(idle).unwrap_or(end.at);
        // The body is polled before the timer: bytes that arrive on the tick are bytes.
        let Ok(frame) = timeout_at(stalls_at.min(end.at), self.body.frame()).await else {
            let scope = if stalls_at < end.at {
                Scope::Idle
            } else {
                end.scope
            };
            return Err(Error::timeout(scope, Phase::Answered));
        };
        let Some(frame) = frame else {
            return match self.declared {
                Some(declared) if declared != self.read => Err(wrong_length(self.read, declared)),
                Some(_) | None => Ok(None),
            };
        };
        let frame = frame.map_err(|error| cut_short(error.into()))?;
        // A body that always has a frame ready never waits for a timer.
        if self.read > 0 && Instant::now() > end.at {
            return Err(Error::timeout(end.scope, Phase::Answered));
        }
        if let Some(data) = frame.data_ref() {
            let more = u64::try_from(data.len()).unwrap_or(u64::MAX);
            self.read = self.read.saturating_add(more);
            if self.read > max_body {
                return Err(too_large(max_body));
            }
        }
        Ok(Some(frame))
    }

    /// Adds to an error what is known of the response and its call.
    fn fault(&self, error: Error) -> Error {
        error
            .with_answer(self.status, self.request_id.as_ref())
            .with_report(self.call.report())
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn too_large(max: u64) -> Error {
    Error::new(Kind::TooLarge, Phase::Answered)
        .with_message(format!("body larger than the limit of {max} bytes"))
}

fn wrong_length(read: u64, declared: u64) -> Error {
    Error::new(Kind::Body, Phase::Answered).with_message(format!(
        "body of {read} bytes where {declared} were declared"
    ))
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
const FIRST_BUFFER: u64 = 1024 * 1024;
