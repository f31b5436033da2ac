//! The exported spans.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry::{
    Value,
    trace::{SpanId, SpanKind, Status},
};
use opentelemetry_example::{print, scenario};
use opentelemetry_sdk::trace::SpanData;

use super::support::{Nothing, Run, run};

fn of_kind(run: &Run, kind: SpanKind) -> impl Iterator<Item = &SpanData> {
    run.spans.iter().filter(move |span| span.span_kind == kind)
}

fn value<'a>(span: &'a SpanData, name: &str) -> Option<&'a Value> {
    let mut all = span
        .attributes
        .iter()
        .filter(|attribute| attribute.key.as_str() == name);
    let found = all.next().map(|attribute| &attribute.value);
    assert!(all.next().is_none(), "{name} is given twice: {span:?}");
    found
}

#[tokio::test(start_paused = true)]
async fn each_call_is_a_trace_of_its_own() {
    let run = run(Nothing, "off").await;
    let mut names = BTreeMap::<_, Vec<_>>::new();
    for span in &run.spans {
        let of_trace = names
            .entry(span.span_context.trace_id().to_string())
            .or_default();
        of_trace.push(&*span.name);
    }
    let mut traces: Vec<_> = names
        .values()
        .map(|names| (*names.last().unwrap(), names.len()))
        .collect();
    traces.sort_unstable();
    // The root of a trace ends last.
    assert_eq!(
        traces,
        [("get import", 3), ("submit import", 4), ("watch import", 8)]
    );
    assert_eq!(
        (print::traces(&run.spans), print::errors(&run.spans)),
        (3, 9)
    );
}

#[tokio::test(start_paused = true)]
async fn requests_are_client_spans_by_the_conventions() {
    let run = run(Nothing, "off").await;
    let mut statuses = vec![];
    for span in of_kind(&run, SpanKind::Client) {
        let method = value(span, "http.request.method").unwrap();
        let template = value(span, "url.template").unwrap();
        assert_eq!(span.name, format!("{method} {template}"));
        assert_eq!(value(span, "server.address"), Some(&"localhost".into()));
        assert_eq!(value(span, "server.port"), Some(&80.into()));
        assert_eq!(value(span, "url.scheme"), Some(&"http".into()));
        assert!(value(span, "http.response.header.x-request-id").is_some());
        let Some(Value::I64(status)) = value(span, "http.response.status_code") else {
            panic!("no status: {span:?}")
        };
        let resends = value(span, "http.request.resend_count").map(|resends| match resends {
            Value::I64(resends) => *resends,
            other => panic!("not a number: {other:?}"),
        });
        // The status has no description, since the code says it all.
        let failed = (*status >= 400).then(|| status.to_string());
        let expected = failed.as_ref().map_or(Status::Unset, |_| Status::error(""));
        assert_eq!(span.status, expected);
        assert_eq!(value(span, "error.type"), failed.map(Value::from).as_ref());
        statuses.push((*status, resends));
    }
    let first = |status| (status, None);
    let again = |status, resends| (status, Some(resends));
    assert_eq!(
        statuses,
        [
            first(503),
            again(202, 1),
            first(500),
            again(500, 1),
            again(500, 2),
            first(503),
            again(200, 1),
            first(404),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_succeeds_is_no_error_whatever_its_polls_met() {
    let run = run(Nothing, "off").await;
    let root = |name: &str| run.spans.iter().find(|span| *span.name == *name).unwrap();
    let watch = root("watch import");
    assert_eq!(
        (&watch.status, value(watch, "error.type")),
        (&Status::Unset, None)
    );
    assert_eq!(value(watch, "prism.job.status"), Some(&"complete".into()));
    // The submit and the watch name the same job, and the team is known of all.
    assert_eq!(
        value(root("submit import"), "prism.job.id"),
        value(watch, "prism.job.id")
    );
    assert!(value(watch, "prism.team.id").is_some());
    let failed = root("get import");
    assert_eq!(failed.status, Status::error(""));
    assert_eq!(value(failed, "error.type"), Some(&"not_found".into()));
    assert_eq!(
        value(failed, "prism.job.id"),
        Some(&scenario::UNKNOWN.into())
    );
    for root in [watch, failed] {
        assert_eq!(
            (root.parent_span_id, &root.span_kind),
            (SpanId::INVALID, &SpanKind::Internal)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_request_carries_the_context_of_its_attempt() {
    let run = run(Nothing, "off").await;
    let attempts: BTreeSet<_> = of_kind(&run, SpanKind::Client)
        .map(|span| {
            let context = &span.span_context;
            format!("00-{}-{}-01", context.trace_id(), context.span_id())
        })
        .collect();
    let received = run
        .traceparents
        .iter()
        .map(|header| header.to_str().unwrap().to_owned());
    assert_eq!(received.collect::<BTreeSet<_>>(), attempts);
    assert_eq!(attempts.len(), 8);
}
