//! The span of a call or an attempt, with the feature `tracing`.

use http::{Request, Response};
use tracing::Span;
use tracing::field::{Empty, display};

use super::observer::RetryPlanned;
use crate::call::UrlTemplate;
use crate::error::{Error, REQUEST_ID};

pub(super) fn call<B>(request: &Request<B>) -> Span {
    let template = template(request);
    tracing::info_span!(
        "http.call",
        otel.name = template.map(|template| format!("{} {template}", request.method())),
        otel.kind = "internal",
        http.request.method = %request.method(),
        url.template = template,
        server.address = request.uri().host(),
        http.response.status_code = Empty,
        http.response.request_id = Empty,
        http.request.attempts = Empty,
        error.type = Empty,
    )
}

pub(super) fn attempt<B>(request: &Request<B>, number: u32) -> Span {
    let template = template(request);
    let resends = number.saturating_sub(1);
    tracing::debug_span!(
        "http.attempt",
        otel.name = template.map(|template| format!("{} {template}", request.method())),
        otel.kind = "client",
        http.request.method = %request.method(),
        http.request.resend_count = (resends > 0).then_some(resends),
        url.scheme = request.uri().scheme_str(),
        url.template = template,
        server.address = request.uri().host(),
        server.port = request.uri().port_u16(),
        http.response.status_code = Empty,
        http.response.request_id = Empty,
        error.type = Empty,
    )
}

fn template<B>(request: &Request<B>) -> Option<&str> {
    let template = request.extensions().get::<UrlTemplate>()?;
    Some(&template.0)
}

pub(super) fn ended<C>(span: &Span, result: &Result<Response<C>, Error>) {
    let (status, request_id) = match result {
        Ok(response) => {
            let id = response.headers().get(REQUEST_ID);
            (Some(response.status()), id.and_then(|id| id.to_str().ok()))
        }
        Err(error) => (error.status(), error.request_id()),
    };
    let code = status.map(|status| status.as_u16());
    span.record("http.response.status_code", code);
    span.record("http.response.request_id", request_id);
    match result {
        Err(error) => span.record("error.type", display(error.kind())),
        Ok(_) => span.record("error.type", code.filter(|code| *code >= 400)),
    };
}

/// Emits an event of the call's span: why it is tried again.
pub(crate) fn retry_event(retry: &RetryPlanned) {
    tracing::info!(
        attempt = retry.attempt,
        reason = retry.reason.as_str(),
        after_ms = u64::try_from(retry.after.as_millis()).unwrap_or(u64::MAX),
        "http.retry",
    );
}
