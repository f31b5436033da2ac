//! Asks for gzip and undoes it, with the feature `gzip`.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, Entry, RANGE};
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::error::BoxError;

/// Asks for gzip, unless the request names encodings itself; returns `true` if it asked.
pub(super) fn ask(headers: &mut HeaderMap) -> bool {
    if headers.contains_key(RANGE) {
        return false;
    }
    match headers.entry(ACCEPT_ENCODING) {
        Entry::Vacant(place) => {
            place.insert(HeaderValue::from_static("gzip"));
            true
        }
        Entry::Occupied(_) => false,
    }
}

/// Decodes the body if it is gzip that was asked for, and removes the headers that are then no longer true.
pub(super) fn undo<C>(body: C, headers: &mut HeaderMap, asked: bool) -> Decoded<C> {
    let gzip = asked
        && headers.get(CONTENT_ENCODING).is_some_and(|encoding| {
            let encoding = encoding.as_bytes();
            encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip")
        });
    if gzip {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    Decoded {
        body,
        gunzip: gzip.then(Box::default),
    }
}

pin_project! {
    /// A body, decoded if it was encoded.
    pub(super) struct Decoded<C> {
        #[pin]
        body: C,
        // Boxed: a decoder is larger than the rest of an attempt, and few answers have one.
        gunzip: Option<Box<Gunzip>>,
    }
}

/// A decoder and what it has not yet been given.
#[derive(Default)]
struct Gunzip {
    waiting: Bytes,
    /// Made with the first byte: an empty body is not gzip, and not an error.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
}

impl Gunzip {
    /// Decodes a little of what is waiting; an empty result asks for more input.
    fn step(&mut self) -> io::Result<Bytes> {
        while self.waiting.has_remaining() {
            let decoder = self
                .decoder
                .get_or_insert_with(|| MultiGzDecoder::new(Vec::new()));
            let part = self.waiting.get(..STEP).unwrap_or(&self.waiting);
            let used = decoder.write(part)?;
            self.waiting.advance(used);
            let decoded = std::mem::take(decoder.get_mut());
            if !decoded.is_empty() {
                return Ok(decoded.into());
            }
            if used == 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(Bytes::new())
    }

    /// Checks the end, once, and returns what came with it.
    fn finish(&mut self) -> io::Result<Bytes> {
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(Bytes::new());
        };
        decoder.try_finish()?;
        Ok(std::mem::take(decoder.get_mut()).into())
    }
}

impl<C> Body for Decoded<C>
where
    C: Body<Data = Bytes>,
    C::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Some(gunzip) = this.gunzip else {
            return this.body.poll_frame(cx).map_err(Into::into);
        };
        loop {
            let decoded = gunzip.step()?;
            if !decoded.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(decoded))));
            }
            match ready!(this.body.as_mut().poll_frame(cx)) {
                None => {
                    let rest = gunzip.finish()?;
                    let rest = (!rest.is_empty()).then(|| Ok(Frame::data(rest)));
                    return Poll::Ready(rest);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => gunzip.waiting = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.gunzip.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.gunzip {
            Some(_) => SizeHint::default(),
            None => self.body.size_hint(),
        }
    }
}

impl fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gunzip").finish_non_exhaustive()
    }
}

/// How much is decoded at once. gzip grows at most a thousandfold: the size cap is checked every four megabytes.
const STEP: usize = 4 * 1024;

#[cfg(test)]
mod tests;
