//! The body of a request as hyper reads it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::body::RequestBody;
use crate::call::BodyProbe;

/// A request body that notes whether hyper ever read it.
#[derive(Debug)]
pub(crate) struct WireBody {
    body: RequestBody,
    probe: Option<Arc<BodyProbe>>,
}

impl WireBody {
    pub(crate) const fn new(body: RequestBody, probe: Option<Arc<BodyProbe>>) -> Self {
        Self { body, probe }
    }

    fn note_read(&self) {
        if let Some(probe) = &self.probe {
            probe.set_read();
        }
    }
}

impl Drop for WireBody {
    fn drop(&mut self) {
        if let Some(probe) = &self.probe {
            probe.set_dropped();
        }
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.note_read();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.note_read();
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.note_read();
        self.body.size_hint()
    }
}
