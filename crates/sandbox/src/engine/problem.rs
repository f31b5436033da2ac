//! What is wrong with a request, and the error envelope that says so.

use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

/// A refusal: its status, its code, a sentence, and what is wrong field by field.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) issues: Vec<Issue>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// Creates a refusal without issues.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            issues: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Creates the 405 that names the method to use.
    pub(super) fn method(allowed: &Method) -> Self {
        let message = format!("this endpoint answers {allowed} only");
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        );
        if let Ok(value) = HeaderValue::from_str(allowed.as_str()) {
            problem.headers.push((header::ALLOW, value));
        }
        problem
    }

    /// Creates the 400 that lists what is wrong with a request.
    pub(super) fn invalid(issues: Vec<Issue>) -> Self {
        let message = match issues.as_slice() {
            [only] => format!("{}: {}", only.field, only.message),
            several => format!("the request has {} faults, see errors", several.len()),
        };
        Self {
            issues,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
        }
    }

    /// Returns the body that says it.
    pub(super) fn to_body(&self, request_id: &str) -> Vec<u8> {
        let envelope = Envelope {
            error: Inner {
                code: self.code,
                message: &self.message,
                request_id,
                errors: &self.issues,
                details: Map::new(),
            },
        };
        serde_json::to_vec(&envelope).expect("strings and lists of strings always encode")
    }
}

/// One thing wrong with a request, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Issue {
    field: String,
    message: String,
    code: &'static str,
}

impl Issue {
    /// Creates an issue at a path such as `.body.options.dedupe_by`.
    pub(super) fn new(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            code,
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
    errors: &'a [Issue],
    details: Map<String, Value>,
}
