//! Asks for gzip and undoes it, with the feature `gzip`.

use std::io::{self, Write};

use bytes::{Buf, Bytes};
use flate2::write::GzDecoder;
use futures_util::stream;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http::response::Parts;
use http::{HeaderValue, Request};
use http_body::Frame;
use http_body_util::StreamBody;

use crate::body::ResponseBody;
use crate::error::{BoxError, Error, Kind, Phase};

/// Asks for gzip, unless the request names encodings or a range itself; returns `true` if it asked.
pub(super) fn ask<B>(mut request: Request<B>) -> (Request<B>, bool) {
    let headers = request.headers_mut();
    let asks = !headers.contains_key(ACCEPT_ENCODING) && !headers.contains_key(RANGE);
    if asks {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    (request, asks)
}

/// Decodes the body if it is the gzip that was asked for, and removes the headers that are then no longer true.
pub(super) fn undo(mut head: Parts, body: ResponseBody, asked: bool) -> (Parts, ResponseBody) {
    let headers = &mut head.headers;
    let is_gzip = headers.get(CONTENT_ENCODING).is_some_and(|encoding| {
        let encoding = encoding.as_bytes();
        encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip")
    });
    if !(asked && is_gzip) {
        return (head, body);
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let gunzip = Gunzip {
        body,
        ..Gunzip::default()
    };
    let decoded = stream::try_unfold(gunzip, async |mut gunzip| {
        let data = gunzip.next().await?;
        Ok::<_, BoxError>(data.map(|data| (Frame::data(data), gunzip)))
    });
    (head, ResponseBody::new(StreamBody::new(decoded)))
}

#[derive(Default)]
struct Gunzip {
    body: ResponseBody,
    /// What was read and is not decoded yet.
    encoded: Bytes,
    /// Made with the first byte of a member. An empty body is not gzip, and not an error.
    decoder: Option<GzDecoder<Vec<u8>>>,
    /// Whether a member is complete. What follows it and is no member is ignored, as gunzip does.
    follows: bool,
}

impl Gunzip {
    async fn next(&mut self) -> Result<Option<Bytes>, BoxError> {
        loop {
            let decoded = self.decode().map_err(not_gzip)?;
            if !decoded.is_empty() {
                return Ok(Some(decoded.into()));
            }
            if let Some(data) = self.body.data().await? {
                self.encoded = data;
                continue;
            }
            let Some(mut decoder) = self.decoder.take() else {
                return Ok(None);
            };
            // What fails here was cut short or damaged on its way: another attempt may be whole.
            decoder.try_finish()?;
            return Ok(Some(std::mem::take(decoder.get_mut()).into()));
        }
    }

    /// Decodes a little of what was read; an empty result asks for more input.
    fn decode(&mut self) -> io::Result<Vec<u8>> {
        while self.encoded.has_remaining() {
            let Some(decoder) = &mut self.decoder else {
                match self.encoded.first() {
                    Some(&GZIP) => self.decoder = Some(GzDecoder::new(Vec::new())),
                    _ if self.follows => self.encoded.advance(1),
                    // The decoder checks this too, but only with ten bytes.
                    _ => return Err(io::ErrorKind::InvalidData.into()),
                }
                continue;
            };
            let part = self.encoded.get(..STEP).unwrap_or(&self.encoded);
            let used = decoder.write(part)?;
            self.encoded.advance(used);
            let is_over = used == 0;
            if is_over {
                decoder.try_finish()?;
            }
            let decoded = std::mem::take(decoder.get_mut());
            if is_over {
                self.decoder = None;
                self.follows = true;
            }
            if !decoded.is_empty() {
                return Ok(decoded);
            }
        }
        Ok(Vec::new())
    }
}

/// The error of bytes that are not gzip. They would be the same in the next attempt.
fn not_gzip(error: io::Error) -> Error {
    Error::new(Kind::Encoding, Phase::Answered)
        .with_message("the body is not the gzip that its `content-encoding` declares")
        .with_source(error)
}

/// The first byte of a member.
const GZIP: u8 = 0x1f;

/// How much is decoded at once. gzip grows at most a thousandfold: the size cap is checked every four megabytes.
const STEP: usize = 4_096;

#[cfg(test)]
mod tests;
