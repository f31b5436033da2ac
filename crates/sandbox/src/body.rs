//! Bodies in and out.

use std::{
    fmt,
    num::NonZeroU32,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

use crate::{
    Clock,
    engine::{Delivery, Payload},
};

/// The body of an answer; a script may let it drip, or cut it off.
pub struct ResponseBody {
    rest: Bytes,
    /// How many bytes go out before the connection ends.
    cut: Option<usize>,
    drip: Option<Drip>,
    flushed: bool,
}

struct Drip {
    clock: Clock,
    bytes_per_second: NonZeroU32,
    pause: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl ResponseBody {
    pub(crate) fn new(bytes: Bytes, delivery: Delivery, clock: &Clock) -> Self {
        Self {
            cut: delivery.cut.filter(|&after| after < bytes.len()),
            rest: bytes,
            drip: delivery.drip.map(|bytes_per_second| Drip {
                clock: clock.clone(),
                bytes_per_second,
                pause: Box::pin(std::future::ready(())),
            }),
            flushed: false,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.cut == Some(0) {
            if self.flushed {
                return Poll::Ready(Some(Err(Cut)));
            }
            // A server drops what it has not written when a body fails: one turn lets it write.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut length = self.cut.unwrap_or(self.rest.len());
        if length == 0 {
            return Poll::Ready(None);
        }
        if let Some(drip) = &mut self.drip {
            ready!(drip.pause.as_mut().poll(cx));
            drip.pause = Box::pin(drip.clock.sleep(DRIP_EVERY));
            length = length.min(drip.length());
        }
        if let Some(cut) = &mut self.cut {
            *cut = cut.saturating_sub(length);
        }
        let data = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    /// The whole length, also of a body that will be cut: that is how the other side can tell.
    fn size_hint(&self) -> SizeHint {
        u64::try_from(self.rest.len()).map_or_else(|_| SizeHint::new(), SizeHint::with_exact)
    }
}

impl Drip {
    /// Returns how many bytes go out at once, at least one.
    fn length(&self) -> usize {
        let bytes = u128::from(self.bytes_per_second.get()) * DRIP_EVERY.as_millis() / 1_000;
        usize::try_from(bytes).unwrap_or(usize::MAX).max(1)
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("bytes", &self.rest.len())
            .finish_non_exhaustive()
    }
}

/// The connection ended before the answer did.
///
/// ```
/// use prism_imports_sandbox::Cut;
/// assert_eq!(Cut.to_string(), "the connection ended before the answer did");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection ended before the answer did")]
#[expect(
    clippy::exhaustive_structs,
    reason = "there is nothing more to say, and tests compare it"
)]
pub struct Cut;

/// Reads a body of at most `max` bytes.
///
/// What is beyond is read and dropped, up to [`MAX_DRAIN`]: a sender that is still writing would otherwise see
/// its connection reset in place of the refusal.
pub(crate) async fn read<B: Body>(body: B, max: usize) -> Result<Payload, Cut> {
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    let mut dropped = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Cut) };
        // Trailers say nothing here.
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            if dropped == 0 && whole.len().saturating_add(length) <= max {
                whole.extend_from_slice(chunk);
            } else {
                whole = Vec::new();
                dropped = dropped.saturating_add(length);
            }
            data.advance(length);
        }
        if dropped > MAX_DRAIN {
            break;
        }
    }
    Ok(match dropped {
        0 => Payload::Whole(whole.into()),
        _ => Payload::TooLarge,
    })
}

/// How often a dripping body lets some bytes out; at a rate below one byte in that time, one.
const DRIP_EVERY: Duration = Duration::from_millis(50);
/// How much of a body that is too large is read for politeness: 64 MiB.
const MAX_DRAIN: usize = 64 << 20;
