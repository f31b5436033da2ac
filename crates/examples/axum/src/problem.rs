//! Errors as the callers of this service see them.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use prism_imports::{Commit, Error, ErrorKind};
use serde::Serialize;

/// Returns the HTTP status for an error of the client.
///
/// A submit whose outcome is not known is a fault of the gateway, whatever caused it: a 4xx would say that the request
/// had no effect. The limits of the server's API apply to this service and not to its caller, so they are a 503 and not
/// a 429.
pub fn status_of(kind: ErrorKind, commit: Option<Commit>) -> StatusCode {
    let may_have_effect = matches!(commit, Some(Commit::Committed | Commit::Unknown));
    match kind {
        ErrorKind::Timeout | ErrorKind::Stopped => StatusCode::GATEWAY_TIMEOUT,
        _ if may_have_effect => StatusCode::BAD_GATEWAY,
        ErrorKind::Argument | ErrorKind::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Expired | ErrorKind::Gone => StatusCode::GONE,
        ErrorKind::RateLimited | ErrorKind::Quota | ErrorKind::Overloaded => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Config | ErrorKind::Layer => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorKind::Auth
        | ErrorKind::Denied
        | ErrorKind::Server
        | ErrorKind::Connect
        | ErrorKind::Certificate
        | ErrorKind::Protocol
        | ErrorKind::Body
        | ErrorKind::TooLarge
        | ErrorKind::Decode
        | ErrorKind::Contract
        | _ => StatusCode::BAD_GATEWAY,
    }
}

/// An error in the body of a response: what went wrong, for a program and for a person.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    code: &'static str,
    message: String,
    /// Whether a submit that failed may have started an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'static str>,
    #[serde(skip)]
    status: StatusCode,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            commit: None,
            status,
            retry_after: None,
        }
    }

    /// The import may have been started, and the server has forgotten its key.
    pub(crate) fn forgotten() -> Self {
        let message = "the server keeps the key of a submit for 24 hours, and its outcome was not known by then";
        Self {
            commit: Some(Commit::Unknown.as_str()),
            ..Self::new(StatusCode::BAD_GATEWAY, "outcome_unknown", message)
        }
    }

    /// Responds with this status, `Retry-After` and the body.
    pub(crate) fn respond(&self, body: impl Serialize) -> Response {
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            // Rounded up, so that the caller is not early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            commit: error.commit().map(Commit::as_str),
            retry_after: error.retry_after(),
            ..Self::new(
                status_of(error.kind(), error.commit()),
                error.kind().as_str(),
                error.to_string(),
            )
        }
    }
}

#[cfg(test)]
mod tests;
