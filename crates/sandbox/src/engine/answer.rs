//! An answer before it is sent.

use std::{num::NonZeroU32, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header, uri::Authority};

use super::problem::Problem;
use crate::Envelope;

/// A status, headers, a whole body, and how they are to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    pub(super) delivery: Delivery,
}

/// How an answer reaches the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// How long it is held back.
    pub(crate) delay: Duration,
    /// Whether the connection closes in its place.
    pub(crate) close: bool,
    /// After how many bytes of the body the connection closes.
    pub(crate) cut: Option<usize>,
    /// How many bytes of the body go out in a second.
    pub(crate) drip: Option<NonZeroU32>,
}

impl Answer {
    /// Creates an answer with a body.
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: body.into(),
            delivery: Delivery::default(),
        }
    }

    /// Creates an answer that says what is wrong.
    pub(super) fn problem(problem: &Problem, envelope: Envelope, request_id: &str) -> Self {
        let (body, content_type) = problem.to_body(envelope, request_id);
        let mut answer = Self::new(problem.status, content_type.unwrap_or_default(), body);
        if content_type.is_none() {
            answer.headers.remove(header::CONTENT_TYPE);
        }
        answer.headers.extend(problem.headers.iter().cloned());
        answer
    }

    /// Sets a header.
    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Returns the answer as it is given to the same request again.
    pub(super) fn as_replay(&self) -> Self {
        self.clone()
            .with_header(IDEMPOTENT_REPLAY, HeaderValue::from_static("true"))
    }

    /// Adds what every answer carries, unless a script set it.
    pub(super) fn finish(mut self, request_id: &str, date: Option<String>) -> Self {
        let values = [
            (REQUEST_ID, Some(request_id.to_owned())),
            (header::DATE, date),
        ];
        for (name, value) in values {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                self.headers.entry(name).or_insert(value);
            }
        }
        self
    }

    /// Returns the status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns how many bytes the body has.
    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    /// Parts the answer into a response and how to send it.
    pub(crate) fn into_response(self) -> (Response<Bytes>, Delivery) {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        (response, self.delivery)
    }
}

/// Puts the origin that the request was sent to before a path, when the request tells it.
///
/// The origin comes from the URI or else from `Host`, which only a plain HTTP/1.1 listener leaves to be read; one that
/// is no authority is not repeated.
pub(super) fn absolute(uri: &Uri, headers: &HeaderMap, path: HeaderValue) -> HeaderValue {
    let host = || Authority::try_from(headers.get(header::HOST)?.as_bytes()).ok();
    let Some(host) = uri.authority().cloned().or_else(host) else {
        return path;
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let location = [
        scheme.as_bytes(),
        b"://",
        host.as_str().as_bytes(),
        path.as_bytes(),
    ]
    .concat();
    HeaderValue::from_bytes(&location).unwrap_or(path)
}

/// The header that support asks for.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const IDEMPOTENT_REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
