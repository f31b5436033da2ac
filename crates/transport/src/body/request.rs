//! The body of a request: bytes in memory, so that every attempt sends the same ones.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

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
    touched: Option<Arc<AtomicBool>>,
}

impl RequestBody {
    /// Makes a body of `bytes`.
    pub const fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            touched: None,
        }
    }

    /// Lets somebody know whether the body was ever looked at.
    #[cfg(feature = "client")]
    pub(crate) fn watched(self) -> (Self, Watch) {
        let touched = Arc::new(AtomicBool::new(false));
        let body = Self {
            touched: Some(Arc::clone(&touched)),
            ..self
        };
        (body, Watch { touched })
    }

    fn touch(&self) {
        if let Some(touched) = &self.touched {
            touched.store(true, Ordering::Relaxed);
        }
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
        self.touch();
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.touch();
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.touch();
        SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }
}

/// The other end of a watched body.
///
/// hyper looks at a body, its length or its end, right before it writes the head of the request, and whichever task
/// holds a request holds its body. So a body that is gone and was never looked at was never sent.
#[cfg(feature = "client")]
#[derive(Debug)]
pub(crate) struct Watch {
    touched: Arc<AtomicBool>,
}

#[cfg(feature = "client")]
impl Watch {
    /// Returns whether the body is gone without having been looked at.
    pub(crate) fn never_sent(self) -> bool {
        // While the body lives, in hyper's queue say, there is a second owner, and no telling.
        Arc::into_inner(self.touched).is_some_and(|touched| !touched.into_inner())
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
