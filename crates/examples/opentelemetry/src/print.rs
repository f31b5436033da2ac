//! Exported spans and metrics as text.

use opentelemetry::{
    KeyValue,
    trace::{SpanId, Status},
};
use opentelemetry_sdk::{
    metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics},
    trace::SpanData,
};

/// Returns the spans as trees, a line for each span and event.
pub fn tree(spans: &[SpanData]) -> Vec<String> {
    let mut lines = vec![];
    add(&mut lines, spans, SpanId::INVALID, "");
    lines
}

fn add(lines: &mut Vec<String>, spans: &[SpanData], parent: SpanId, indent: &str) {
    let mut inside: Vec<_> = spans
        .iter()
        .filter(|span| span.parent_span_id == parent)
        .collect();
    inside.sort_by_key(|span| span.start_time);
    for span in inside {
        let kind = format!("{:?}", span.span_kind).to_lowercase();
        let status = match &span.status {
            Status::Error { .. } => " ERROR",
            Status::Ok => " OK",
            Status::Unset => "",
        };
        let attributes = attributes(span.attributes.iter());
        lines.push(format!(
            "{indent}{} ({kind}){status}{attributes}",
            span.name
        ));
        let deeper = format!("{indent}  ");
        for event in &span.events.events {
            let attributes = self::attributes(event.attributes.iter());
            lines.push(format!("{deeper}* {}{attributes}", event.name));
        }
        add(lines, spans, span.span_context.span_id(), &deeper);
    }
}

fn attributes<'a>(all: impl Iterator<Item = &'a KeyValue>) -> String {
    let shown = all.filter(|attribute| SHOWN.contains(&attribute.key.as_str()));
    let shown = shown.map(|attribute| format!(" {}={}", attribute.key, attribute.value));
    shown.collect()
}

/// Returns how many of the spans are errors.
pub fn errors(spans: &[SpanData]) -> usize {
    let errors = spans
        .iter()
        .filter(|span| matches!(span.status, Status::Error { .. }));
    errors.count()
}

/// Returns how many traces the spans are of.
pub fn traces(spans: &[SpanData]) -> usize {
    let roots = spans
        .iter()
        .filter(|span| span.parent_span_id == SpanId::INVALID);
    roots.count()
}

/// Returns the metrics, a line for each set of attributes: how often, and for how many seconds.
pub fn metrics(exported: &[ResourceMetrics]) -> Vec<String> {
    let mut lines = vec![];
    let scopes = exported.iter().flat_map(ResourceMetrics::scope_metrics);
    for metric in scopes.flat_map(ScopeMetrics::metrics) {
        let mut add = |attributes: Vec<&KeyValue>, value: String| {
            let mut attributes: Vec<_> = attributes
                .into_iter()
                .filter(|attribute| !attribute.key.as_str().starts_with("server."))
                .map(|attribute| format!("{}={}", attribute.key, attribute.value))
                .collect();
            attributes.sort();
            lines.push(format!(
                "{} {{{}}} {value}",
                metric.name(),
                attributes.join(", ")
            ));
        };
        match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    let value = format!("{} in {:.1} s", point.count(), point.sum());
                    add(point.attributes().collect(), value);
                }
            }
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                for point in sum.data_points() {
                    add(point.attributes().collect(), point.value().to_string());
                }
            }
            _ => {}
        }
    }
    lines.sort();
    lines
}

/// The attributes that are shown: the others are the same in each span, or others in each run.
const SHOWN: &[&str] = &[
    "attempt",
    "commit",
    "error.type",
    "http.request.resend_count",
    "http.response.status_code",
    "prism.job.status",
    "reason",
    "result",
];
