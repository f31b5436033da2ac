//! Metrics of Prometheus.

use prism_imports::transport::telemetry::{AttemptEnd, CallEnd, Observer, QuotaWait, RetryPlanned};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, Result, core::Collector,
    exponential_buckets,
};

/// Records requests, calls, retries and waits for the quota.
#[derive(Debug)]
pub struct Metrics {
    requests: HistogramVec,
    calls: HistogramVec,
    retries: IntCounterVec,
    quota_waits: HistogramVec,
}

impl Metrics {
    /// Adds the metrics to a registry.
    ///
    /// # Errors
    ///
    /// The registry has metrics of these names.
    pub fn register(registry: &Registry) -> Result<Self> {
        let seconds = |name: &str, help: &str, labels: &[&str]| {
            // 5 ms to 160 s.
            let options =
                HistogramOpts::new(name, help).buckets(exponential_buckets(0.005, 2.0, 16)?);
            registered(registry, HistogramVec::new(options, labels)?)
        };
        let retries = Opts::new("prism_retries_total", "Requests that are sent again.");
        let ended = &["method", "route", "outcome"];
        Ok(Self {
            requests: seconds(
                "prism_request_duration_seconds",
                "Requests, retries included.",
                ended,
            )?,
            calls: seconds(
                "prism_call_duration_seconds",
                "Calls: requests and waits.",
                ended,
            )?,
            retries: registered(
                registry,
                IntCounterVec::new(retries, &["method", "route", "reason"])?,
            )?,
            quota_waits: seconds(
                "prism_quota_wait_seconds",
                "Waits for the quota.",
                &["method", "route"],
            )?,
        })
    }
}

impl Observer for Metrics {
    fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
        let labels = [
            attempt.method.as_str(),
            attempt.template.unwrap_or_default(),
            attempt.end.as_str(),
        ];
        self.requests
            .with_label_values(&labels)
            .observe(attempt.elapsed.as_secs_f64());
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        let labels = [
            call.method.as_str(),
            call.template.unwrap_or_default(),
            call.end.as_str(),
        ];
        self.calls
            .with_label_values(&labels)
            .observe(call.report.elapsed.as_secs_f64());
    }

    fn on_retry(&self, retry: &RetryPlanned<'_>) {
        let labels = [
            retry.method.as_str(),
            retry.template.unwrap_or_default(),
            retry.reason.as_str(),
        ];
        self.retries.with_label_values(&labels).inc();
    }

    fn on_quota_wait(&self, wait: &QuotaWait<'_>) {
        let labels = [wait.method.as_str(), wait.template.unwrap_or_default()];
        self.quota_waits
            .with_label_values(&labels)
            .observe(wait.after.as_secs_f64());
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, metrics: C) -> Result<C> {
    registry.register(Box::new(metrics.clone()))?;
    Ok(metrics)
}
