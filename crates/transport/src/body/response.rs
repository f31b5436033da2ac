//! The body of a response: bytes already read, or a stream that is still guarded.

use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::Error;
use crate::call::{Call, CallReport};

/// The body of an answer.
///
/// Buffered unless the request carried [`Streamed`](crate::Streamed): then it is a stream under the same
/// guards (attempt time, idle time, size cap and deadline), which ends with an [`Error`] when one of them
/// trips. Dropping it early is always allowed; the connection is then closed instead of reused.
///
/// # Examples
///
/// ```
/// use prism_imports_transport::ResponseBody;
///
/// let body = ResponseBody::from("hello");
/// assert_eq!(body.as_bytes().map(|bytes| &bytes[..]), Some(&b"hello"[..]));
/// ```
pub struct ResponseBody {
    inner: Inner,
    call: Option<Call>,
}

type Stream = Pin<Box<dyn Body<Data = Bytes, Error = Error> + Send>>;

enum Inner {
    Buffered(Bytes),
    // A mutex that is never locked: `get_mut` needs no lock, and it makes any `Send` body `Sync`.
    Stream(Mutex<Stream>),
}

impl ResponseBody {
    /// Makes a body of bytes that have been read already.
    pub const fn new(bytes: Bytes) -> Self {
        Self {
            inner: Inner::Buffered(bytes),
            call: None,
        }
    }

    /// Makes a body that is read while it arrives.
    pub fn stream<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error = Error> + Send + 'static,
    {
        Self {
            inner: Inner::Stream(Mutex::new(Box::pin(body))),
            call: None,
        }
    }

    /// Makes the body the answer to a call.
    pub(crate) fn with_call(mut self, call: &Call) -> Self {
        self.call = Some(call.clone());
        self
    }

    pub(crate) fn report(&self) -> Option<CallReport> {
        self.call.as_ref().map(Call::report)
    }

    /// Returns the bytes, or `None` when this body is a stream.
    pub const fn as_bytes(&self) -> Option<&Bytes> {
        match &self.inner {
            Inner::Buffered(bytes) => Some(bytes),
            Inner::Stream(_) => None,
        }
    }

    /// Returns the bytes, or the body unchanged when it is a stream.
    ///
    /// # Errors
    ///
    /// Hands the body back when it has not been buffered; [`collect`](Self::collect) reads it.
    pub fn into_bytes(self) -> Result<Bytes, Self> {
        match self.inner {
            Inner::Buffered(bytes) => Ok(bytes),
            Inner::Stream(_) => Err(self),
        }
    }

    /// Reads the body to its end, under the guards it has.
    ///
    /// Cancel safety: dropping the future drops the body.
    ///
    /// # Errors
    ///
    /// The first fault of the stream: cut short, too slow or too large.
    pub async fn collect(self) -> Result<Bytes, Error> {
        let mut body = match self.into_bytes() {
            Ok(bytes) => return Ok(bytes),
            Err(stream) => stream,
        };
        let mut whole = Vec::new();
        while let Some(data) = body.data().await? {
            whole.extend_from_slice(&data);
        }
        Ok(whole.into())
    }

    /// Reads the next piece of data; `None` is the end. Trailers are passed over.
    ///
    /// Cancel safety: a dropped future has taken nothing out of the body.
    ///
    /// # Errors
    ///
    /// The first fault of the stream: cut short, too slow or too large.
    pub async fn data(&mut self) -> Result<Option<Bytes>, Error> {
        std::future::poll_fn(|cx| {
            loop {
                match ready!(Pin::new(&mut *self).poll_frame(cx)) {
                    None => return Poll::Ready(Ok(None)),
                    Some(Err(error)) => return Poll::Ready(Err(error)),
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            return Poll::Ready(Ok(Some(data)));
                        }
                    }
                }
            }
        })
        .await
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.inner {
            Inner::Buffered(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Buffered(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Inner::Stream(stream) => stream
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .as_mut()
                .poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Buffered(bytes) => bytes.is_empty(),
            // Looking into the stream would need the lock; "not known yet" is a correct answer.
            Inner::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Buffered(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Inner::Stream(_) => SizeHint::default(),
        }
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<&'static str> for ResponseBody {
    fn from(text: &'static str) -> Self {
        Self::new(Bytes::from_static(text.as_bytes()))
    }
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self::new(Bytes::new())
    }
}

impl fmt::Debug for ResponseBody {
    // Never the bytes: they are customers' data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Inner::Buffered(bytes) => write!(f, "ResponseBody({} bytes)", bytes.len()),
            Inner::Stream(_) => f.write_str("ResponseBody(stream)"),
        }
    }
}
