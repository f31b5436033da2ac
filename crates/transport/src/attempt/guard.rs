//! A body under guard: it ends in time, within its size, or with an error.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::clock::Clock;
use super::limits::End;
use crate::call::Call;
use crate::error::{BoxError, Error, Kind, Phase, REQUEST_ID, Scope};

pin_project! {
    /// A response body that cannot hang or grow without end.
    pub(super) struct Guard<C> {
        #[pin]
        body: C,
        end: End,
        idle: Duration,
        // Set when there is first nothing to read.
        idle_since: Option<Instant>,
        read: u64,
        cap: u64,
        head: Head,
        call: Call,
        ended: bool,
    }
}

/// What the head of an answer says of its body, and what errors tell of the answer.
#[derive(Clone, Debug)]
pub(super) struct Head {
    status: StatusCode,
    request_id: Option<HeaderValue>,
    /// The length of the body, as far as it was declared and there is to be one.
    pub(super) declared: Option<u64>,
}

impl Head {
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, bodiless: bool) -> Self {
        let declared = || {
            headers
                .get(CONTENT_LENGTH)?
                .to_str()
                .ok()?
                .trim()
                .parse()
                .ok()
        };
        Self {
            status,
            request_id: None,
            declared: if bodiless { None } else { declared() },
        }
    }

    /// Keeps what errors tell of the answer, for a body that outlives its head.
    pub(super) fn named(mut self, headers: &HeaderMap) -> Self {
        self.request_id = headers.get(REQUEST_ID).cloned();
        self
    }

    fn blame(&self, error: Error) -> Error {
        error.with_answer(self.status, self.request_id.as_ref())
    }
}

impl<C> Guard<C> {
    pub(super) fn new(body: C, head: Head, call: Call, end: End, idle: Duration, cap: u64) -> Self {
        Self {
            body,
            end,
            idle,
            idle_since: None,
            read: 0,
            cap,
            head,
            call,
            ended: false,
        }
    }
}

impl<C> Guard<C>
where
    C: Body<Data = Bytes>,
    C::Error: Into<BoxError>,
{
    /// Reads on. `clock` goes off, here or before, no later than the earliest thing that can happen.
    pub(super) fn poll_guarded(
        self: Pin<&mut Self>,
        mut clock: Pin<&mut Clock>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        let fault = loop {
            // The body first: bytes that are there on the tick are bytes.
            match this.body.as_mut().poll_frame(cx) {
                Poll::Ready(None) => match this.head.declared {
                    Some(declared) if declared != *this.read => {
                        break not_as_declared(*this.read, declared);
                    }
                    Some(_) | None => {
                        *this.ended = true;
                        return Poll::Ready(None);
                    }
                },
                Poll::Ready(Some(Ok(frame))) => {
                    // A body that always has something must not outrun its clock; its first piece cannot.
                    if *this.read > 0 && Instant::now() > this.end.at {
                        break Error::new(Kind::Timeout(this.end.scope), Phase::Answered);
                    }
                    *this.idle_since = None;
                    if let Some(data) = frame.data_ref() {
                        let more = u64::try_from(data.remaining()).unwrap_or(u64::MAX);
                        *this.read = this.read.saturating_add(more);
                        if *this.read > *this.cap {
                            break over_cap(*this.cap);
                        }
                    }
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Err(error))) => break cut(error.into()),
                Poll::Pending => {}
            }
            let since = *this.idle_since.get_or_insert_with(Instant::now);
            let first = || next_stop(since, *this.idle, *this.end);
            if clock.as_mut().poll_from(cx, first).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            if now >= this.end.at {
                break Error::new(Kind::Timeout(this.end.scope), Phase::Answered);
            }
            if now.saturating_duration_since(since) >= *this.idle {
                break Error::new(Kind::Timeout(Scope::Idle), Phase::Answered);
            }
            // It was set before the last frames came.
            clock
                .as_mut()
                .reset(next_stop(since, *this.idle, *this.end));
        };
        *this.ended = true;
        Poll::Ready(Some(Err(this
            .head
            .blame(fault)
            .with_report(this.call.report_so_far()))))
    }
}

pin_project! {
    /// A guarded body with a clock of its own, for whoever reads it when the attempt is over.
    #[derive(Debug)]
    pub(super) struct Guarded<C> {
        #[pin]
        guard: Guard<C>,
        #[pin]
        clock: Clock,
    }
}

impl<C> Guarded<C> {
    pub(super) fn new(guard: Guard<C>) -> Self {
        Self {
            guard,
            clock: Clock::default(),
        }
    }
}

impl<C> Body for Guarded<C>
where
    C: Body<Data = Bytes>,
    C::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.project();
        this.guard.poll_guarded(this.clock, cx)
    }

    fn is_end_stream(&self) -> bool {
        self.guard.ended || self.guard.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.guard.body.size_hint()
    }
}

impl<C> fmt::Debug for Guard<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("read", &self.read)
            .field("cap", &self.cap)
            .finish_non_exhaustive()
    }
}

/// Returns the earliest of an idle limit and an end.
pub(super) fn next_stop(since: Instant, idle: Duration, end: End) -> Instant {
    since
        .checked_add(idle)
        .map_or(end.at, |stop| stop.min(end.at))
}

pub(super) fn over_cap(cap: u64) -> Error {
    Error::new(Kind::TooLarge, Phase::Answered)
        .with_message(format!("body over the size cap of {cap} bytes"))
}

fn not_as_declared(read: u64, declared: u64) -> Error {
    Error::new(Kind::Body, Phase::Answered).with_message(format!(
        "body of {read} bytes where {declared} were declared"
    ))
}

/// A body that failed to arrive; an error of ours, from a guard further in, passes unchanged.
fn cut(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(own) => *own,
        Err(error) => Error::new(Kind::Body, Phase::Answered).with_source(error),
    }
}
