//! Runs the import of the example.
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use http::HeaderValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_example::{scenario, subscriber::subscriber};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use prism_imports::transport::{Observer, telemetry::AttemptEnd};
use tracing::Dispatch;
use tracing_subscriber::{EnvFilter, Registry};

/// What an import left behind.
pub(crate) struct Run {
    pub(crate) spans: Vec<SpanData>,
    pub(crate) log: String,
    pub(crate) traceparents: Vec<HeaderValue>,
}

/// Runs the import of the example, with the log at this filter.
pub(crate) async fn run(observer: impl Observer, filter: &str) -> Run {
    let exported = InMemorySpanExporter::default();
    let tracers = SdkTracerProvider::builder();
    let tracers = tracers.with_simple_exporter(exported.clone()).build();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = subscriber(tracers.tracer("test"), EnvFilter::new(filter), move || {
        writer.clone()
    });
    // With a single dispatcher, tracing caches the interest of the first thread that reaches a span. A thread of
    // another test has another subscriber. A second dispatcher prevents this.
    let _second = Dispatch::new(Registry::default());
    let _default = tracing::subscriber::set_default(subscriber);
    let (client, received) = scenario::client(observer).unwrap();
    scenario::run(&client.imports()).await.unwrap();
    Run {
        spans: exported.get_finished_spans().unwrap(),
        log: log.text(),
        traceparents: received.traceparents(),
    }
}

/// Observes nothing.
pub(crate) struct Nothing;

impl Observer for Nothing {
    fn on_attempt(&self, _: &AttemptEnd<'_>) {}
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
