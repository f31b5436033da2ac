//! The spans of calls and attempts, and their events, with the feature `tracing`.

use http::{Request, Response};
use tracing::Span;
use tracing::field::Empty;

use super::observer::{End, QuotaWait, RetryPlanned};
use crate::call::UrlTemplate;
use crate::error::{Error, REQUEST_ID};
use crate::origin;

/// Makes the span of a request. Numbers are `i64`, since `tracing-opentelemetry` exports unsigned ones as text.
macro_rules! span {
    ($name:literal, $kind:literal, $request:expr, $resends:expr) => {{
        let (request, resends): (&Request<_>, Option<u32>) = ($request, $resends);
        let (method, template) = (request.method().as_str(), UrlTemplate::of(request));
        let server = origin::parts(request.uri()).ok();
        tracing::info_span!(
            $name,
            otel.name = [Some(method), template].into_iter().flatten().collect::<Vec<_>>().join(" "),
            otel.kind = $kind,
            otel.status_code = Empty,
            http.request.method = method,
            http.request.resend_count = resends.map(i64::from),
            url.scheme = request.uri().scheme_str(),
            url.template = template,
            server.address = server.map(|(_, host, _)| host.trim_matches(['[', ']'])),
            server.port = server.map(|(.., port)| i64::from(port)),
            http.response.status_code = Empty,
            "http.response.header.x-request-id" = Empty,
            error.type = Empty,
        )
    }};
}

pub(super) fn call<B>(request: &Request<B>) -> Span {
    span!("http.call", "internal", request, None)
}

pub(super) fn attempt<B>(request: &Request<B>, number: u32) -> Span {
    let resends = Some(number.saturating_sub(1));
    span!(
        "http.attempt",
        "client",
        request,
        resends.filter(|resends| *resends > 0)
    )
}

/// Records the answer of a call or an attempt.
pub(super) fn answered<C>(span: &Span, result: &Result<Response<C>, Error>) {
    let (status, request_id) = match result {
        Ok(response) => {
            let id = response.headers().get(REQUEST_ID);
            (Some(response.status()), id.and_then(|id| id.to_str().ok()))
        }
        Err(error) => (error.status(), error.request_id()),
    };
    let status = status.map(|status| i64::from(status.as_u16()));
    span.record("http.response.status_code", status);
    span.record("http.response.header.x-request-id", request_id);
}

/// Records how a call or an attempt ended, and how often a call was sent again.
pub(super) fn ended(span: &Span, end: End<'_>, resends: Option<u32>) {
    let (is_failure, is_dropped) = match end {
        End::Answered(status) => (status.as_u16() >= 400, false),
        End::Failed(_) => (true, false),
        End::Dropped => (false, true),
    };
    span.record("http.request.resend_count", resends.map(i64::from));
    span.record("otel.status_code", is_failure.then_some("ERROR"));
    span.record(
        "error.type",
        (is_failure || is_dropped).then_some(end.as_str()),
    );
}

/// Emits an event of the call's span: why it is tried again.
pub(super) fn retry(retry: &RetryPlanned<'_>) {
    tracing::debug!(
        attempt = i64::from(retry.attempt),
        reason = retry.reason.as_str(),
        after_ms = i64::try_from(retry.after.as_millis()).unwrap_or(i64::MAX),
        "http.retry",
    );
}

/// Emits an event of the call's span: how long it waits for the quota.
pub(super) fn quota_wait(wait: &QuotaWait<'_>) {
    tracing::debug!(
        after_ms = i64::try_from(wait.after.as_millis()).unwrap_or(i64::MAX),
        "http.quota_wait",
    );
}
