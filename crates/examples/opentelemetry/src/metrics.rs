//! Metrics of OpenTelemetry, by its conventions for HTTP clients.

use http::Method;
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, Meter},
};
use prism_imports::transport::telemetry::{
    AttemptEnd, CallEnd, End, Observer, QuotaWait, RetryPlanned,
};

/// Records requests, calls, retries and waits for the quota.
#[derive(Debug)]
pub struct Metrics {
    requests: Histogram<f64>,
    calls: Histogram<f64>,
    retries: Counter<u64>,
    quota_waits: Histogram<f64>,
    server: [KeyValue; 2],
}

impl Metrics {
    /// Makes the instruments. The server is the one of the client's base URL.
    pub fn new(meter: &Meter, address: &'static str, port: u16) -> Self {
        let seconds = |name, description| {
            let histogram = meter.f64_histogram(name).with_unit("s");
            let histogram = histogram.with_description(description);
            histogram.with_boundaries(SECONDS.into()).build()
        };
        Self {
            requests: seconds(
                "http.client.request.duration",
                "Requests to the server, retries included.",
            ),
            calls: seconds(
                "prism.client.call.duration",
                "Calls: requests with the waits between them.",
            ),
            retries: meter
                .u64_counter("prism.client.retries")
                .with_unit("{retry}")
                .build(),
            quota_waits: seconds("prism.client.quota.wait", "Waits for a place in the quota."),
            server: [
                KeyValue::new("server.address", address),
                KeyValue::new("server.port", i64::from(port)),
            ],
        }
    }

    /// The attributes of a request: its route, never its URL.
    fn route(&self, method: &Method, template: Option<&str>) -> Vec<KeyValue> {
        let method = KeyValue::new("http.request.method", method.to_string());
        let template = template.map(|template| KeyValue::new("url.template", template.to_owned()));
        let mut attributes = self.server.to_vec();
        attributes.extend([method].into_iter().chain(template));
        attributes
    }

    fn ended(&self, method: &Method, template: Option<&str>, end: End<'_>) -> Vec<KeyValue> {
        let mut attributes = self.route(method, template);
        let status = match end {
            End::Answered(status) => Some(status),
            End::Failed(_) | End::Dropped => None,
        };
        attributes.extend(
            status.map(|status| {
                KeyValue::new("http.response.status_code", i64::from(status.as_u16()))
            }),
        );
        if status.is_none_or(|status| status.as_u16() >= 400) {
            attributes.push(KeyValue::new("error.type", end.as_str().to_owned()));
        }
        attributes
    }
}

impl Observer for Metrics {
    fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
        let attributes = self.ended(attempt.method, attempt.template, attempt.end);
        self.requests
            .record(attempt.elapsed.as_secs_f64(), &attributes);
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        let attributes = self.ended(call.method, call.template, call.end);
        self.calls
            .record(call.report.elapsed.as_secs_f64(), &attributes);
    }

    fn on_retry(&self, retry: &RetryPlanned<'_>) {
        let mut attributes = self.route(retry.method, retry.template);
        attributes.push(KeyValue::new("reason", retry.reason.as_str()));
        self.retries.add(1, &attributes);
    }

    fn on_quota_wait(&self, wait: &QuotaWait<'_>) {
        let attributes = self.route(wait.method, wait.template);
        self.quota_waits
            .record(wait.after.as_secs_f64(), &attributes);
    }
}

/// The bounds that the conventions advise, and some for calls that wait.
const SECONDS: [f64; 17] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0,
    120.0,
];
