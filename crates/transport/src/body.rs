//! The body of a request, which can be sent again, and the body of a response, which is read once.

use std::any::Any;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, mem};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Empty, Full};
use sync_wrapper::SyncWrapper;

use crate::error::BoxError;

/// A request body that is already in memory.
///
/// A clone costs a reference count, the length is known exactly, and reading never fails: all that a retry
/// needs. Every layer and HTTP service of a [stack](crate::stack) receives this type.
#[derive(Clone, Default)]
pub struct RequestBody {
    bytes: Bytes,
}

impl RequestBody {
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
        Poll::Ready(Some(Ok(Frame::data(mem::take(&mut self.bytes)))))
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
        let bytes = bytes.into();
        Self { bytes }
    }
}

impl fmt::Debug for RequestBody {
    // Never the bytes: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.bytes.len())
    }
}

/// A response body of any origin.
///
/// [`AttemptLayer`](crate::AttemptLayer) buffers bodies, unless the request carries [`Streamed`](crate::Streamed): then the
/// body is read while it arrives, within the limits of the layer, and ends with a [`transport::Error`](crate::Error) when
/// one of them is reached. A body may be dropped at any point; a connection whose body was not read to its end is closed.
///
/// # Examples
///
/// A layer may put another body in place:
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use prism_imports_transport::ResponseBody;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), prism_imports_transport::BoxError> {
/// let text = ResponseBody::from("hello");
/// let boxed = ResponseBody::new(Full::new(Bytes::from_static(b"hello")));
/// assert_eq!(text.collect().await?, boxed.collect().await?);
/// # Ok(())
/// # }
/// ```
pub struct ResponseBody {
    // The wrapper makes a body that is only `Send` `Sync` too: nothing reads it through a shared reference.
    body: SyncWrapper<Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>>,
}

impl ResponseBody {
    /// Boxes a body, unless it is one of these already.
    pub fn new(mut body: impl Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static) -> Self {
        if let Some(boxed) = (&mut body as &mut dyn Any).downcast_mut() {
            return mem::take(boxed);
        }
        Self {
            body: SyncWrapper::new(Box::pin(body.map_err(Into::into))),
        }
    }

    /// Reads the body to its end.
    ///
    /// Cancel safety: dropping the future drops the body.
    ///
    /// # Errors
    ///
    /// Returns the first error of the body.
    pub async fn collect(self) -> Result<Bytes, BoxError> {
        Ok(BodyExt::collect(self).await?.to_bytes())
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
        self.body.get_mut().as_mut().poll_frame(cx)
    }
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self::new(Empty::new())
    }
}

impl<T: Into<Bytes>> From<T> for ResponseBody {
    fn from(bytes: T) -> Self {
        Self::new(Full::new(bytes.into()))
    }
}

impl fmt::Debug for ResponseBody {
    // Never the bytes: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}
