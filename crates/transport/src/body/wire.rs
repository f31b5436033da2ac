//! The body of a request as hyper has it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::RequestBody;
use crate::call::Watched;

/// A request body that tells its call whether it was ever looked at.
///
/// hyper moves a request a dozen times before it is written, so that this is two pointers.
#[derive(Debug)]
pub(crate) struct WireBody {
    // Most requests have none.
    bytes: Option<Box<Bytes>>,
    watched: Option<Watched>,
}

impl WireBody {
    fn touch(&self) {
        if let Some(watched) = &self.watched {
            watched.touch();
        }
    }
}

impl From<RequestBody> for WireBody {
    fn from(body: RequestBody) -> Self {
        let (bytes, carried) = body.into_parts();
        Self {
            bytes: (!bytes.is_empty()).then(|| Box::new(bytes)),
            watched: carried.map(|carried| Watched::new(carried.into_call())),
        }
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.touch();
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(*bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.touch();
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.touch();
        let left = self.bytes.as_ref().map_or(0, |bytes| bytes.len());
        SizeHint::with_exact(u64::try_from(left).unwrap_or(u64::MAX))
    }
}
