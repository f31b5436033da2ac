//! Request and response bodies.

use std::{
    fmt, io,
    num::NonZeroU32,
    pin::Pin,
    sync::LazyLock,
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

/// The body of an answer. A fault may slow it down or truncate it.
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use http_body_util::{BodyExt, Empty};
/// use prism_imports_sandbox::{Cut, Fault, Sandbox};
/// use tower_service::Service;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut sandbox = Sandbox::builder().fault(Fault::cut(10)).build()?;
/// let poll = Request::get("/v2/prism/6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11/imports/x").header("x-api-key", "k");
/// let response = sandbox.call(poll.body(Empty::<Bytes>::new())?).await?;
/// assert_eq!(response.into_body().collect().await.unwrap_err(), Cut);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct ResponseBody {
    rest: Bytes,
    /// The number of bytes that are sent before the connection closes.
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
            // The server discards unwritten data when a body fails. Pending once lets it write that data.
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

    /// Returns the whole length, even if the body will be truncated, so that the client can detect it.
    fn size_hint(&self) -> SizeHint {
        u64::try_from(self.rest.len()).map_or_else(|_| SizeHint::new(), SizeHint::with_exact)
    }
}

impl Drip {
    /// Returns the number of bytes that are sent at once, at least one.
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
///
/// As on a socket, its source is an [`io::Error`]: a client that runs the sandbox in its own process reads it as a
/// connection that was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the error has no details, and tests construct it"
)]
pub struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ended before the answer did")
    }
}

impl std::error::Error for Cut {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        static RESET: LazyLock<io::Error> = LazyLock::new(|| io::ErrorKind::ConnectionReset.into());
        Some(&*RESET)
    }
}

/// Reads a body of at most `max` bytes.
///
/// Further bytes are read and discarded, up to [`MAX_DRAIN`]. Otherwise a client that is still writing would get a
/// connection reset instead of the error.
pub(crate) async fn read<B: Body>(body: B, max: usize) -> Result<Payload, Cut> {
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    let mut dropped = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Cut) };
        // Trailers are ignored.
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

/// The interval at which a slow body sends bytes; at least one byte per interval.
const DRIP_EVERY: Duration = Duration::from_millis(50);
/// The maximum number of bytes that are read and discarded: 64 MiB.
const MAX_DRAIN: usize = 64 << 20;
