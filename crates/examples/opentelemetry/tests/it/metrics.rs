//! The metrics, in OpenTelemetry and in Prometheus.

use ::prometheus::{Registry, TextEncoder};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_example::{metrics, print, prometheus, scenario};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};

use super::support::run;

/// Runs the import and returns its metrics.
pub(crate) async fn exported() -> Vec<String> {
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder();
    let meters = meters.with_periodic_exporter(exporter.clone()).build();
    let metrics = metrics::Metrics::new(&meters.meter("test"), scenario::HOST, 80);
    run(metrics, "off").await;
    meters.force_flush().unwrap();
    print::metrics(&exporter.get_finished_metrics().unwrap())
}

const GET: &str = "/v2/prism/{teamId}/imports/{jobId}";
const POST: &str = "/v2/prism/{teamId}/{objectType}/import";

#[tokio::test(start_paused = true)]
async fn requests_calls_retries_and_waits_are_metrics_of_opentelemetry() {
    let lines = exported().await;
    let lines: Vec<_> = lines
        .iter()
        .map(|line| {
            line.replace("http.request.method=", "")
                .replace("http.response.status_code=", "")
        })
        .map(|line| {
            line.replace(&format!(", url.template={GET}"), "")
                .replace(&format!(", url.template={POST}"), "")
        })
        .collect();
    assert_eq!(
        lines,
        [
            "http.client.request.duration {error.type=404, GET, 404} 1 in 0.0 s",
            "http.client.request.duration {error.type=500, GET, 500} 3 in 0.0 s",
            "http.client.request.duration {error.type=503, GET, 503} 1 in 0.0 s",
            "http.client.request.duration {error.type=503, POST, 503} 1 in 0.0 s",
            "http.client.request.duration {GET, 200} 1 in 0.0 s",
            "http.client.request.duration {POST, 202} 1 in 0.0 s",
            "prism.client.call.duration {error.type=404, GET, 404} 1 in 0.0 s",
            "prism.client.call.duration {error.type=500, GET, 500} 1 in 1.0 s",
            "prism.client.call.duration {GET, 200} 1 in 0.0 s",
            "prism.client.call.duration {POST, 202} 1 in 0.0 s",
            "prism.client.quota.wait {GET} 1 in 1.0 s",
            "prism.client.retries {GET, reason=status} 3",
            "prism.client.retries {POST, reason=status} 1",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn requests_calls_retries_and_waits_are_metrics_of_prometheus() {
    let registry = Registry::new();
    run(prometheus::Metrics::register(&registry).unwrap(), "off").await;
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    let lines = text
        .lines()
        .filter(|line| line.contains("_count{") || line.contains("_total{"));
    let lines: Vec<_> = lines
        .map(|line| {
            line.replace(GET, "/jobs")
                .replace(POST, "/submit")
                .replace('"', "'")
        })
        .collect();
    assert_eq!(
        lines,
        [
            "prism_call_duration_seconds_count{method='GET',outcome='200',route='/jobs'} 1",
            "prism_call_duration_seconds_count{method='GET',outcome='404',route='/jobs'} 1",
            "prism_call_duration_seconds_count{method='GET',outcome='500',route='/jobs'} 1",
            "prism_call_duration_seconds_count{method='POST',outcome='202',route='/submit'} 1",
            "prism_quota_wait_seconds_count{method='GET',route='/jobs'} 1",
            "prism_request_duration_seconds_count{method='GET',outcome='200',route='/jobs'} 1",
            "prism_request_duration_seconds_count{method='GET',outcome='404',route='/jobs'} 1",
            "prism_request_duration_seconds_count{method='GET',outcome='500',route='/jobs'} 3",
            "prism_request_duration_seconds_count{method='GET',outcome='503',route='/jobs'} 1",
            "prism_request_duration_seconds_count{method='POST',outcome='202',route='/submit'} 1",
            "prism_request_duration_seconds_count{method='POST',outcome='503',route='/submit'} 1",
            "prism_retries_total{method='GET',reason='status',route='/jobs'} 3",
            "prism_retries_total{method='POST',reason='status',route='/submit'} 1",
        ]
    );
    // The wait was a second, less the time since the first request.
    let waited = text
        .lines()
        .find(|line| line.starts_with("prism_quota_wait_seconds_sum"));
    let (_, waited) = waited.unwrap().split_once("} ").unwrap();
    assert!((0.9..=1.0).contains(&waited.parse().unwrap()), "{waited}");
}

#[test]
fn metrics_are_registered_once() {
    let registry = Registry::new();
    prometheus::Metrics::register(&registry).unwrap();
    prometheus::Metrics::register(&registry).unwrap_err();
}
