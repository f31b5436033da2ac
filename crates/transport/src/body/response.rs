//! The body of a response: any body of bytes, boxed.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use sync_wrapper::SyncWrapper;

use crate::error::BoxError;

/// A response body of any origin.
///
/// [`AttemptLayer`](crate::AttemptLayer) buffers bodies, unless the request carries [`Streamed`](crate::Streamed): then
/// the body is read while it arrives, within the limits of the layer, and ends with a
/// [`transport::Error`](crate::Error) when one of them is reached. A body may be dropped at any point; a connection whose
/// body was not read to its end is closed.
///
/// # Examples
///
/// A layer may put another body in place:
///
/// ```
/// use prism_imports_transport::ResponseBody;
///
/// let buffered = ResponseBody::from("hello");
/// assert_eq!(buffered.as_bytes().unwrap(), "hello");
///
/// let boxed = ResponseBody::new(http_body_util::Full::new(bytes::Bytes::from_static(b"hello")));
/// assert!(boxed.as_bytes().is_none());
/// ```
pub struct ResponseBody {
    inner: Inner,
}

type BoxBody = Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>;

enum Inner {
    Buffered(Bytes),
    // The wrapper makes a body that is only `Send` `Sync` too: nothing reads it through a shared reference.
    Boxed(SyncWrapper<BoxBody>),
}

impl ResponseBody {
    /// Boxes a body.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self {
            inner: Inner::Boxed(SyncWrapper::new(Box::pin(body.map_err(Into::into)))),
        }
    }

    /// Returns the bytes of a body that is in memory, `None` if it is still to be read.
    pub const fn as_bytes(&self) -> Option<&Bytes> {
        match &self.inner {
            Inner::Buffered(bytes) => Some(bytes),
            Inner::Boxed(_) => None,
        }
    }

    /// Reads the body to its end.
    ///
    /// Cancel safety: dropping the future drops the body.
    ///
    /// # Errors
    ///
    /// Returns the first error of the body.
    pub async fn collect(mut self) -> Result<Bytes, BoxError> {
        if let Inner::Buffered(bytes) = self.inner {
            return Ok(bytes);
        }
        let mut whole = Vec::new();
        while let Some(data) = self.data().await? {
            whole.extend_from_slice(&data);
        }
        Ok(whole.into())
    }

    /// Reads the next piece of data, `None` at the end. Trailers are skipped.
    ///
    /// Cancel safety: a dropped future has taken nothing out of the body.
    ///
    /// # Errors
    ///
    /// Returns the first error of the body.
    pub async fn data(&mut self) -> Result<Option<Bytes>, BoxError> {
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.inner {
            Inner::Buffered(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Buffered(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Inner::Boxed(body) => body.get_mut().as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Buffered(bytes) => bytes.is_empty(),
            // Not known without exclusive access; `false` is always allowed.
            Inner::Boxed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Buffered(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Inner::Boxed(_) => SizeHint::default(),
        }
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self {
            inner: Inner::Buffered(bytes),
        }
    }
}

impl From<Vec<u8>> for ResponseBody {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for ResponseBody {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for ResponseBody {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl Default for ResponseBody {
    fn default() -> Self {
        Bytes::new().into()
    }
}

impl fmt::Debug for ResponseBody {
    // Never the bytes: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Inner::Buffered(bytes) => write!(f, "ResponseBody({} bytes)", bytes.len()),
            Inner::Boxed(_) => f.write_str("ResponseBody(boxed)"),
        }
    }
}
