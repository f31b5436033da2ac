//! Errors and their envelopes.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Envelope, fault::ScriptedAnswer};

/// An error: its status, code and message, and issues of single fields.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
    pub(super) issues: Vec<Issue>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Few errors have details, so they are allocated on demand.
    pub(super) details: Option<Box<Map<String, Value>>>,
}

impl Problem {
    /// Creates an error without issues.
    pub(super) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            issues: Vec::new(),
            headers: Vec::new(),
            details: None,
        }
    }

    /// Creates a 405 with the allowed methods.
    pub(super) fn method(allowed: &'static str) -> Self {
        let message = format!("this endpoint allows only {allowed}");
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        );
        problem
            .headers
            .push((header::ALLOW, HeaderValue::from_static(allowed)));
        problem
    }

    /// Creates a 400 with issues.
    pub(super) fn invalid(issues: Vec<Issue>) -> Self {
        let message = match issues.as_slice() {
            [only] => format!("{}: {}", only.field, only.message),
            several => format!("the request has {} issues, see errors", several.len()),
        };
        Self {
            issues,
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
        }
    }

    /// Creates a scripted error.
    pub(super) fn scripted(answer: &ScriptedAnswer) -> Self {
        let status = answer.status();
        let word = status.canonical_reason().unwrap_or("scripted");
        let code = || word.to_lowercase().replace([' ', '-'], "_");
        let message = || format!("{word}, as configured");
        Self {
            headers: answer.headers().collect(),
            details: (!answer.details.is_empty()).then(|| Box::new(answer.details.clone())),
            ..Self::new(
                status,
                answer.code.clone().unwrap_or_else(code),
                answer.message.clone().unwrap_or_else(message),
            )
        }
    }

    /// Returns the body and its content type.
    pub(super) fn to_body(
        &self,
        envelope: Envelope,
        request_id: &str,
    ) -> (Vec<u8>, Option<&'static str>) {
        let details = self.details.as_deref().cloned().unwrap_or_default();
        let inner = Inner {
            code: &self.code,
            message: &self.message,
            request_id,
            errors: &self.issues,
            details: &details,
        };
        let body = match envelope {
            Envelope::Standard => serde_json::to_vec(&Wrapped { error: inner }),
            Envelope::Flat => serde_json::to_vec(&json!({ "message": self.message })),
            Envelope::Text => serde_json::to_vec(&Wrapped {
                error: &self.message,
            }),
            Envelope::Array => serde_json::to_vec(&Wrapped { error: [inner] }),
            Envelope::Html => {
                let page = format!(
                    "<!doctype html><title>{0}</title><h1>{0}</h1><hr>sandbox",
                    self.status
                );
                return (page.into_bytes(), Some("text/html"));
            }
            Envelope::Empty => return (Vec::new(), None),
        };
        let body = body.expect("the envelopes have only string keys");
        (body, Some("application/json"))
    }
}

/// `{"error": …}`.
#[derive(Serialize)]
struct Wrapped<T> {
    error: T,
}

/// The fields of the standard envelope, in the order of the API reference.
#[derive(Serialize)]
struct Inner<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
    errors: &'a [Issue],
    details: &'a Map<String, Value>,
}

/// An issue of one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Issue {
    field: String,
    message: String,
    code: &'static str,
}

impl Issue {
    /// Creates an issue of a field such as `.body.options.dedupe_by`.
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
