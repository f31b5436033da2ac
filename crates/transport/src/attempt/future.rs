//! The future of one attempt: the head, then the body.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::Response;
use http::response::Parts;
use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::clock::Clock;
use super::decode::{self, Decoded};
use super::guard::{Guard, Guarded, Head, next_stop, over_cap};
use super::limits::Allowance;
use crate::body::ResponseBody;
use crate::call::{Call, InFlight};
use crate::error::{BoxError, Error, Kind, Phase};

pin_project! {
    /// The future of [`Attempt`](super::Attempt).
    pub struct AttemptFuture<F, C> {
        // First, and so dropped first: `flight` then sees what was left of the request.
        #[pin]
        state: State<F, C>,
        #[pin]
        clock: Clock,
        expected: Expected,
        flight: InFlight,
        // Whether no layer outside keeps the account of the call.
        owner: bool,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F, C> {
        Head { #[pin] future: F },
        Body { #[pin] body: Guard<Decoded<C>>, kept: Kept, parts: Option<Parts> },
        Done,
    }
}

/// What is known of the answer before it comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) allowance: Allowance,
    /// The answer to HEAD declares a body that does not come.
    pub(super) bodiless: bool,
    /// We have asked for an encoding and are to undo it.
    pub(super) encoded: bool,
}

/// What of a body is kept.
struct Kept {
    /// The first piece, as it came. Most bodies are one piece, and that one is never copied.
    first: Bytes,
    /// Everything, from the second piece on.
    all: BytesMut,
    expected: usize,
    /// More than this is passed over.
    most: u64,
    /// An error answer is worth having without its body.
    lenient: bool,
}

impl<F, C> AttemptFuture<F, C> {
    pub(super) fn new(future: F, expected: Expected, flight: InFlight, owner: bool) -> Self {
        Self {
            state: State::Head { future },
            clock: Clock::default(),
            expected,
            flight,
            owner,
        }
    }
}

impl<F, C, E> Future for AttemptFuture<F, C>
where
    F: Future<Output = Result<Response<C>, E>>,
    E: Into<BoxError>,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut result = loop {
            match this.state.as_mut().project() {
                StateProj::Head { future } => match future.poll(cx) {
                    Poll::Ready(Ok(response)) => {
                        match begin_body(response, *this.expected, this.flight.call()) {
                            Begun::Reading(body, kept, parts) => this.state.set(State::Body {
                                body,
                                kept,
                                parts: Some(parts),
                            }),
                            Begun::Answer(response) => break Ok(response),
                            Begun::Refused(error) => break Err(error),
                        }
                    }
                    Poll::Ready(Err(error)) => break Err(Error::from_boxed(error.into())),
                    Poll::Pending => {
                        let Allowance {
                            began,
                            attempt: end,
                            idle,
                            ..
                        } = this.expected.allowance;
                        // The first look is early: a body that has begun by then needs it no earlier.
                        let first = || next_stop(began, idle, end);
                        ready!(this.clock.as_mut().poll_from(cx, first));
                        if Instant::now() < end.at {
                            this.clock.as_mut().reset(end.at);
                            continue;
                        }
                        // Dropped first: only of what is gone can be said how far it had got.
                        this.state.set(State::Done);
                        let phase = this.flight.cut_off();
                        break Err(Error::new(Kind::Timeout(end.scope), phase));
                    }
                },
                StateProj::Body { body, kept, parts } => {
                    let read = ready!(poll_body(body, this.clock.as_mut(), kept, cx));
                    let Some(parts) = parts.take() else {
                        return Poll::Pending;
                    };
                    break match read {
                        Ok(()) => {
                            let body = ResponseBody::new(kept.take()).with_call(this.flight.call());
                            Ok(Response::from_parts(parts, body))
                        }
                        Err(error) => Err(error.with_head(parts.status, &parts.headers)),
                    };
                }
                // Only a future polled after its end comes here.
                StateProj::Done => return Poll::Pending,
            }
        };
        this.state.set(State::Done);
        this.flight.end(match &result {
            Ok(_) => Phase::Answered,
            Err(error) => error.phase(),
        });
        if *this.owner {
            this.flight.call().close(&mut result);
        }
        Poll::Ready(result)
    }
}

#[cfg_attr(
    feature = "gzip",
    expect(
        clippy::large_enum_variant,
        reason = "it lives for a few lines of one poll"
    )
)]
enum Begun<C> {
    Reading(Guard<Decoded<C>>, Kept, Parts),
    Answer(Response<ResponseBody>),
    Refused(Error),
}

fn begin_body<C>(response: Response<C>, expected: Expected, call: &Call) -> Begun<C>
where
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    let allowance = expected.allowance;
    let (mut parts, body) = response.into_parts();
    let encoded = expected.encoded && !expected.bodiless;
    let body = decode::undo(body, &mut parts.headers, encoded);
    let head = Head::of(parts.status, &parts.headers, expected.bodiless);
    let declared = head.declared;
    let lenient = !parts.status.is_success();
    if !lenient && declared.is_some_and(|length| length > allowance.size_cap) {
        let refused = over_cap(allowance.size_cap);
        return Begun::Refused(refused.with_head(parts.status, &parts.headers));
    }
    if body.is_end_stream() && declared.unwrap_or(0) == 0 {
        let body = ResponseBody::default().with_call(call);
        return Begun::Answer(Response::from_parts(parts, body));
    }
    if allowance.streamed && !lenient {
        let (end, idle, cap) = (allowance.stream, allowance.idle, allowance.size_cap);
        let stream = ResponseBody::stream(Guarded::new(Guard::new(
            body,
            head.named(&parts.headers),
            call.clone(),
            end,
            idle,
            cap,
        )));
        return Begun::Answer(Response::from_parts(parts, stream.with_call(call)));
    }
    let (most, cap) = if lenient {
        let most = allowance.error_cap;
        (most, most.saturating_add(DRAIN))
    } else {
        (allowance.size_cap, allowance.size_cap)
    };
    let reserved = declared.unwrap_or(0).min(most).min(FIRST_BUFFER);
    let kept = Kept {
        first: Bytes::new(),
        all: BytesMut::new(),
        expected: usize::try_from(reserved).unwrap_or(0),
        most,
        lenient,
    };
    let (end, idle) = (allowance.attempt, allowance.idle);
    let guard = Guard::new(body, head, call.clone(), end, idle, cap);
    Begun::Reading(guard, kept, parts)
}

fn poll_body<C>(
    mut body: Pin<&mut Guard<C>>,
    mut clock: Pin<&mut Clock>,
    kept: &mut Kept,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Error>>
where
    C: Body<Data = Bytes>,
    C::Error: Into<BoxError>,
{
    loop {
        match ready!(body.as_mut().poll_guarded(clock.as_mut(), cx)) {
            None => return Poll::Ready(Ok(())),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    kept.push(data);
                }
            }
            Some(Err(_)) if kept.lenient => return Poll::Ready(Ok(())),
            Some(Err(error)) => return Poll::Ready(Err(error)),
        }
    }
}

impl Kept {
    fn push(&mut self, mut data: Bytes) {
        let kept = self.first.len().max(self.all.len());
        let room = self
            .most
            .saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX));
        data.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        if kept == 0 {
            self.first = data;
            return;
        }
        if self.all.is_empty() {
            self.all.reserve(self.expected.max(kept + data.len()));
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&data);
    }

    fn take(&mut self) -> Bytes {
        if self.all.is_empty() {
            std::mem::take(&mut self.first)
        } else {
            std::mem::take(&mut self.all).freeze()
        }
    }
}

impl<F, C> fmt::Debug for AttemptFuture<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptFuture").finish_non_exhaustive()
    }
}

/// How much of an error answer is read beyond what is kept, so that its connection can be used again. More
/// than this costs more than a new connection.
const DRAIN: u64 = 192 * 1024;

/// The most that is reserved on the word of a `Content-Length`.
const FIRST_BUFFER: u64 = 1024 * 1024;
