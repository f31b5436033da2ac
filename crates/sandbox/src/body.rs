//! Bodies in and out.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};

use crate::engine::Payload;

/// The body of an answer.
#[derive(Debug)]
pub struct ResponseBody(Full<Bytes>);

impl ResponseBody {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(Full::new(bytes))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        Pin::new(&mut self.0)
            .poll_frame(cx)
            .map_err(|never| match never {})
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// The connection ended before the answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("the connection ended before the answer did")]
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
        let Ok(mut data) = frame
            .map_err(drop)
            .and_then(|frame| frame.into_data().map_err(drop))
        else {
            return Err(Cut);
        };
        while bytes::Buf::has_remaining(&data) {
            let chunk = bytes::Buf::chunk(&data);
            let length = chunk.len();
            if dropped == 0 && whole.len().saturating_add(length) <= max {
                whole.extend_from_slice(chunk);
            } else {
                whole = Vec::new();
                dropped = dropped.saturating_add(length);
            }
            bytes::Buf::advance(&mut data, length);
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

/// How much of a body that is too large is read for politeness: 64 MiB.
const MAX_DRAIN: usize = 64 << 20;
