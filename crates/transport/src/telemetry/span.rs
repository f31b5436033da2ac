//! The spans of calls and attempts, and their events, with the feature `tracing`.

use http::{Request, Response};
use tracing::Span;
use tracing::field::Empty;

use super::observer::End;
use crate::call::UrlTemplate;
use crate::error::{Error, REQUEST_ID};
use crate::origin;

/// Makes the span of a request. Numbers are `i64`, since `tracing-opentelemetry` exports unsigned ones as text.
macro_rules! span {
    ($name:literal, $kind:literal, $request:expr, $resends:expr) => {{
        let (request, resends): (&Request<_>, Option<i64>) = ($request, $resends);
        let (method, template) = (request.method().as_str(), UrlTemplate::of(request));
        let server = || origin::parts(request.uri()).ok();
        tracing::info_span!(
            $name,
            otel.name = [Some(method), template].into_iter().flatten().collect::<Vec<_>>().join(" "),
            otel.kind = $kind,
            otel.status_code = Empty,
            http.request.method = method,
            http.request.resend_count = resends,
            url.scheme = request.uri().scheme_str(),
            url.template = template,
            server.address = server().map(|(_, host, _)| host.trim_matches(['[', ']'])),
            server.port = server().map(|(.., port)| i64::from(port)),
            http.response.status_code = Empty,
            "http.response.header.x-request-id" = Empty,
            error.type = Empty,
        )
    }};
}

/// Makes the span of a call, or of the attempt with this number.
pub(super) fn of<B>(request: &Request<B>, attempt: Option<u32>) -> Span {
    match attempt {
        None => span!("http.call", "internal", request, None),
        Some(number) => span!("http.attempt", "client", request, resends(number)),
    }
}

/// Returns how many of `requests` were sent again, if any.
fn resends(requests: u32) -> Option<i64> {
    (requests > 1).then(|| i64::from(requests) - 1)
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

/// Records how a call or an attempt ended, and the requests of a call.
pub(super) fn ended(span: &Span, end: End<'_>, requests: Option<u32>) {
    let (is_failure, is_dropped) = match end {
        End::Answered(status) => (status.as_u16() >= 400, false),
        End::Failed(_) => (true, false),
        End::Dropped => (false, true),
    };
    span.record("http.request.resend_count", requests.and_then(resends));
    span.record("otel.status_code", is_failure.then_some("ERROR"));
    let error_type = (is_failure || is_dropped).then_some(end.as_str());
    span.record("error.type", error_type);
}
