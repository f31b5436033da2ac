//! Where spans and log lines go.

use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::Targets, fmt, fmt::MakeWriter, layer::SubscriberExt,
};

/// Makes a subscriber that exports the client's spans, and writes the lines that a filter lets through.
///
/// The two filters are apart: spans are exported whatever the log shows. At `DEBUG` they have the retries, the waits for the quota
/// and the polls as events; at `INFO` they have none. tracing-opentelemetry would also export where in the source and in which
/// thread each span began, and how long it was idle.
pub fn subscriber<W>(
    tracer: SdkTracer,
    filter: EnvFilter,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let exported = Targets::new()
        .with_target("prism_imports", LevelFilter::DEBUG)
        .with_target("prism_imports_sandbox", LevelFilter::OFF);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    let lines = fmt::layer().with_ansi(false).with_writer(writer);
    Registry::default()
        .with(spans.with_filter(exported))
        .with(lines.with_filter(filter))
}
