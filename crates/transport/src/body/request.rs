//! The body of a request: bytes in memory, so that every attempt sends the same ones.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::call::Carried;

/// A request body that is already in memory.
///
/// Cloning it costs a reference count, its length is known exactly, and it never fails: what a retry
/// needs. It is what a leaf service under [`Stack`](crate::Stack) receives.
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
    carried: Option<Carried>,
}

impl RequestBody {
    /// Makes a body of `bytes`.
    pub const fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            carried: None,
        }
    }

    pub(crate) const fn carried(&self) -> Option<&Carried> {
        self.carried.as_ref()
    }

    pub(crate) fn carried_mut(&mut self) -> &mut Carried {
        self.carried.get_or_insert_default()
    }

    #[cfg(feature = "client")]
    pub(super) fn into_parts(self) -> (Bytes, Option<Carried>) {
        (self.bytes, self.carried)
    }

    /// Returns what has not been sent yet.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns what has not been sent yet, consuming the body.
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

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for RequestBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes.into())
    }
}

impl From<&'static str> for RequestBody {
    fn from(text: &'static str) -> Self {
        Self::new(Bytes::from_static(text.as_bytes()))
    }
}

impl fmt::Debug for RequestBody {
    // Never the bytes: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.bytes.len())
    }
}
