//! The body as it comes off the wire.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;

use crate::error::{Error, Kind, Phase};

pin_project! {
    /// A response body that is still arriving.
    #[derive(Debug)]
    pub struct ClientBody {
        #[pin]
        incoming: Incoming,
    }
}

impl ClientBody {
    pub(super) const fn new(incoming: Incoming) -> Self {
        Self { incoming }
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.project()
            .incoming
            .poll_frame(cx)
            .map_err(|error| Error::new(Kind::Body, Phase::Answered).with_source(error))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
