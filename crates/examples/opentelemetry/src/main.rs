//! Runs an import that meets some faults, and shows what is exported: `cargo run -p opentelemetry-example`.

use std::io::stdout;

use opentelemetry::{metrics::MeterProvider, trace::TracerProvider};
use opentelemetry_example::{BoxError, metrics::Metrics, print, scenario, subscriber::subscriber};
use opentelemetry_sdk::{
    metrics::{InMemoryMetricExporter, SdkMeterProvider},
    trace::{InMemorySpanExporter, SdkTracerProvider},
};
use tracing_subscriber::EnvFilter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    // A service has the exporters of `opentelemetry-otlp` here, and batches: `with_batch_exporter`.
    let exported_spans = InMemorySpanExporter::default();
    let tracers = SdkTracerProvider::builder()
        .with_simple_exporter(exported_spans.clone())
        .build();
    let exported_metrics = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder()
        .with_periodic_exporter(exported_metrics.clone())
        .build();

    // The sandbox is in this process too, and has a line for each request.
    let default = EnvFilter::new("info,prism_imports_sandbox=warn");
    let filter = EnvFilter::try_from_default_env().unwrap_or(default);
    let subscriber = subscriber(tracers.tracer("prism-imports"), filter, stdout);
    tracing::subscriber::set_global_default(subscriber)?;
    let metrics = Metrics::new(&meters.meter("prism-imports"), scenario::HOST, 80);
    let (client, received) = scenario::client(metrics)?;
    scenario::run(&client.imports()).await?;
    tracers.force_flush()?;
    meters.force_flush()?;

    let spans = exported_spans.get_finished_spans()?;
    println!();
    for line in print::tree(&spans) {
        println!("{line}");
    }
    println!();
    for line in print::metrics(&exported_metrics.get_finished_metrics()?) {
        println!("{line}");
    }
    println!();
    println!(
        "{} spans in {} traces, {} of them errors; {} requests with a traceparent",
        spans.len(),
        print::traces(&spans),
        print::errors(&spans),
        received.traceparents().len(),
    );
    Ok(())
}
