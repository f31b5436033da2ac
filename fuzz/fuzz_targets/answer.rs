//! A response as the fuzzer writes it.

use std::io;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Get,
    Snapshot,
    Submit,
    SubmitOnce,
}

pub struct Answer {
    pub operation: Operation,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether the connection breaks after the last byte.
    pub is_cut: bool,
    piece: usize,
}

impl Answer {
    pub fn parse(input: &[u8]) -> Option<Self> {
        let (first, rest) = input.split_first()?;
        let operation = match first.to_ascii_uppercase() {
            b'G' => Operation::Get,
            b'S' => Operation::Snapshot,
            b'P' => Operation::Submit,
            b'N' => Operation::SubmitOnce,
            _ => return None,
        };
        let (status, mut rest) = rest.split_at_checked(3)?;
        let status = StatusCode::from_bytes(status).ok()?;
        // The rest of the line is ignored.
        let mut headers = HeaderMap::new();
        rest = line(rest).1;
        loop {
            let (header, after) = line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            let colon = header.iter().position(|&byte| byte == b':')?;
            let name = HeaderName::from_bytes(&header[..colon]).ok()?;
            let value = HeaderValue::from_bytes(header[colon + 1..].trim_ascii()).ok()?;
            headers.try_append(name, value).ok()?;
        }
        Some(Self {
            operation,
            status,
            headers,
            body: Bytes::copy_from_slice(rest),
            is_cut: first.is_ascii_lowercase(),
            piece: match usize::from(status.as_u16() % 10) {
                0 => usize::MAX,
                length => length,
            },
        })
    }

    pub fn response(
        &self,
    ) -> Response<impl http_body::Body<Data = Bytes, Error = io::Error> + Send + use<>> {
        let mut pieces = Vec::new();
        let mut rest = self.body.clone();
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(self.piece));
            pieces.push(Ok(Frame::data(piece)));
        }
        if self.is_cut {
            pieces.push(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        let mut response = Response::new(StreamBody::new(stream::iter(pieces)));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns `true` if the body is not encoded.
    pub fn is_plain(&self) -> bool {
        !self.headers.contains_key("content-encoding")
    }

    /// Returns `true` if the headers declare a JSON body, or declare nothing.
    pub fn says_json(&self) -> bool {
        let Some(said) = self.headers.get("content-type") else {
            return true;
        };
        let said = String::from_utf8_lossy(said.as_bytes()).to_ascii_lowercase();
        said.split(',').any(|one| {
            let essence = one.split(';').next().unwrap_or_default().trim();
            essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
        })
    }

    pub fn holds(&self, text: &str) -> bool {
        find(&self.body, text) || self.head_holds(text)
    }

    pub fn head_holds(&self, text: &str) -> bool {
        self.headers.iter().any(|(name, value)| {
            name.as_str().contains(&text.to_ascii_lowercase()) || find(value.as_bytes(), text)
        })
    }
}

fn find(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Splits bytes after their first line.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&byte| byte == b'\n') {
        Some(end) => (bytes[..end].trim_ascii_end(), &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}
