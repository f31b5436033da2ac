//! An answer before it is sent.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header};
use prism_imports_core::wire::Snapshot;

use super::problem::Problem;

/// A status, headers and a whole body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Creates an answer that says how a job stands.
    pub(super) fn snapshot(status: StatusCode, snapshot: &Snapshot) -> Self {
        let body =
            serde_json::to_vec(snapshot).expect("a snapshot has string keys only: it encodes");
        Self::json(status, body)
    }

    /// Creates an answer that says what is wrong.
    pub(super) fn problem(problem: &Problem, request_id: &str) -> Self {
        let mut answer = Self::json(problem.status, problem.to_body(request_id));
        answer.headers.extend(problem.headers.iter().cloned());
        answer
    }

    fn json(status: StatusCode, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// Sets a header.
    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds what every answer carries.
    pub(super) fn finish(mut self, request_id: &str, date: Option<String>) -> Self {
        let values = [
            (REQUEST_ID, Some(request_id.to_owned())),
            (header::DATE, date),
        ];
        for (name, value) in values {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                self.headers.insert(name, value);
            }
        }
        self
    }

    /// Turns the answer into a response.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Puts the origin that the request was sent to before a path, when the request tells it.
///
/// The origin comes from the URI or else from `Host`, which only a plain HTTP/1.1 listener leaves to be read.
pub(super) fn absolute(uri: &Uri, headers: &HeaderMap, path: HeaderValue) -> HeaderValue {
    let host = uri
        .authority()
        .map(|authority| authority.as_str().as_bytes())
        .or_else(|| headers.get(header::HOST).map(HeaderValue::as_bytes));
    let Some(host) = host else { return path };
    let scheme = uri.scheme_str().unwrap_or("http");
    let location = [scheme.as_bytes(), b"://", host, path.as_bytes()].concat();
    HeaderValue::from_bytes(&location).unwrap_or(path)
}

/// The header that support asks for.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
