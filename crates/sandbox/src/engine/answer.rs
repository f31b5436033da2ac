//! Answers.

use std::{num::NonZeroU32, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header, uri::Authority};

use super::problem::Problem;
use crate::Envelope;

/// A status, headers, a body, and how to deliver them.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    pub(super) delivery: Delivery,
}

/// How to deliver an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The delay.
    pub(crate) delay: Duration,
    /// Whether the connection is closed instead.
    pub(crate) close: bool,
    /// Whether the answer has no `Date`.
    pub(crate) undated: bool,
    /// The number of bytes of the body after which the connection is closed.
    pub(crate) cut: Option<usize>,
    /// The number of bytes of the body that are sent per second.
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

    /// Creates an error answer.
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

    /// Returns the answer to a repeated request.
    pub(super) fn as_replay(&self) -> Self {
        self.clone()
            .with_header(IDEMPOTENT_REPLAY, HeaderValue::from_static("true"))
    }

    /// Adds the headers of every answer, unless a fault has set them.
    pub(super) fn finish(mut self, request_id: &str, date: Option<String>) -> Self {
        let date = date.filter(|_| !self.delivery.undated);
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

    /// Returns the length of the body.
    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    /// Splits the answer into a response and its delivery.
    pub(crate) fn into_response(self) -> (Response<Bytes>, Delivery) {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        (response, self.delivery)
    }
}

/// Makes a path absolute with the origin that the request was sent to, if it is known.
///
/// The origin is that of the URI, or else of `Host` over plain `http`. An invalid `Host` is ignored.
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

/// The request id, for support requests.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const IDEMPOTENT_REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
