//! The span of a call or an attempt, with the feature `tracing`.

use http::{HeaderMap, Request, StatusCode};
use tracing::Instrument;
use tracing::field::{Empty, display};
use tracing::instrument::Instrumented;

use super::observer::RetryPlanned;
use crate::call::UrlTemplate;
use crate::error::{Error, REQUEST_ID};

/// A span of a call or an attempt.
#[derive(Clone, Debug)]
pub(crate) struct Span(tracing::Span);

impl Span {
    pub(super) fn call<B>(request: &Request<B>, template: Option<&UrlTemplate>) -> Self {
        let template = template.map(|template| &*template.0);
        Self(tracing::info_span!(
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
        ))
    }

    pub(super) fn attempt<B>(
        request: &Request<B>,
        template: Option<&UrlTemplate>,
        number: u32,
    ) -> Self {
        let template = template.map(|template| &*template.0);
        let resends = number.saturating_sub(1);
        Self(tracing::debug_span!(
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
        ))
    }

    pub(super) fn answered(&self, status: StatusCode, headers: &HeaderMap) {
        self.0.record("http.response.status_code", status.as_u16());
        if let Some(id) = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
            self.0.record("http.response.request_id", id);
        }
        if status.is_client_error() || status.is_server_error() {
            self.0.record("error.type", status.as_u16());
        }
    }

    pub(super) fn failed(&self, error: &Error) {
        self.0.record("error.type", display(error.kind()));
        if let Some(status) = error.status() {
            self.0.record("http.response.status_code", status.as_u16());
        }
        if let Some(id) = error.request_id() {
            self.0.record("http.response.request_id", id);
        }
    }

    pub(super) fn dropped(&self) {
        self.0.record("error.type", "dropped");
    }

    pub(super) fn counted(&self, attempts: u32) {
        self.0.record("http.request.attempts", attempts);
    }
}

/// Runs a future within a span.
pub(crate) fn within<F: Future>(span: Span, future: F) -> Instrumented<F> {
    future.instrument(span.0)
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
