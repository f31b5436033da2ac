//! The context of a trace in each request, for a server or a gateway that continues it.

use http::Request;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use prism_imports::transport::RequestBody;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Adds the header `traceparent`, which names the span of the attempt.
///
/// For `attempt_layer`: there the task is in the span `http.attempt`, and each attempt has a header of its own. In `layer` it is in
/// `http.call`, and all attempts would have the same one.
pub fn inject(mut request: Request<RequestBody>) -> Request<RequestBody> {
    let context = Span::current().context();
    let mut headers = HeaderInjector(request.headers_mut());
    TraceContextPropagator::new().inject_context(&context, &mut headers);
    request
}
