//! The body of a request: bytes in memory, so that every attempt sends the same ones.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A request body that is already in memory.
///
/// A clone costs a reference count, the length is known exactly, and reading never fails: all that a retry
/// needs. Every layer and HTTP service of a [stack](crate::stack) receives this type.
///
/// # Examples
///
/// ```
/// use http_body::Body;
/// use prism_imports_transport::RequestBody;
///
/// let body = RequestBody::from("{}");
/// assert_eq!(body.size_hint().exact(), Some(2));
/// assert_eq!(body.as_bytes(), "{}");
/// ```
#[derive(Clone, Default)]
pub struct RequestBody {
    bytes: Bytes,
}

impl RequestBody {
    /// Makes a body of `bytes`.
    pub const fn new(bytes: Bytes) -> Self {
        Self { bytes }
    }

    /// Returns the bytes that have not been read yet.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the bytes that have not been read yet, consuming the body.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }
}

impl<T: Into<Bytes>> From<T> for RequestBody {
    fn from(bytes: T) -> Self {
        Self::new(bytes.into())
    }
}

impl fmt::Debug for RequestBody {
    // Never the bytes: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.bytes.len())
    }
}
