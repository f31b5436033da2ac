//! The fields of the spans, as tracing-subscriber formats them when they close.

use std::io::Write;
use std::time::Duration;

use http::{Request, Uri};
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::Scribe;
use crate::body::RequestBody;
use crate::call::UrlTemplate;
use crate::error::{Kind, Phase};
use crate::retry::{Backoff, RetryLayer, RetryPolicy};
use crate::tests::{OK, Script, Step};
use crate::{Quota, StackBuilder};

impl Write for Scribe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Self::write(self, String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Scribe {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn get(uri: &'static str) -> Request<RequestBody> {
    let mut request = Request::new(RequestBody::default());
    *request.uri_mut() = Uri::from_static(uri);
    let template = UrlTemplate("/v1/{what}".into());
    request.extensions_mut().insert(template);
    request
}

fn stack() -> StackBuilder {
    let second = Duration::from_secs(1);
    let policy = RetryPolicy::default().with_backoff(Backoff::new(second, Duration::ZERO));
    let retry = RetryLayer::new(policy);
    StackBuilder::new().timeout(5 * second).retry(retry)
}

/// Makes a call, for a minute at most, and returns its lines: an event, or a span that closes with its fields.
async fn lines(
    stack: StackBuilder,
    uri: &'static str,
    script: &[Step],
    level: &str,
) -> Vec<String> {
    let scribe = Scribe::default();
    // With a single dispatcher, tracing caches the interest of the first thread that reaches a span. A thread of
    // another test has no subscriber and would disable the span for all. A second dispatcher prevents this.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level.parse::<tracing::Level>().unwrap())
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(scribe.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let call = stack.build(Script::new(script.to_vec())).oneshot(get(uri));
    let _ = tokio::time::timeout(Duration::from_secs(4), call).await;
    drop(guard);
    let lines = scribe.lines();
    let innermost = |line: String| {
        let mut parts = line.trim().rsplitn(3, "}:");
        let (event, span) = (parts.next().unwrap().trim(), parts.next().unwrap());
        match (event, span.rsplit_once("INFO ")) {
            ("close", span_of_call) => span_of_call.map_or(span, |(_, span)| span).to_owned(),
            _ => event.to_owned(),
        }
    };
    lines.into_iter().map(innermost).collect()
}

/// The fields that a span of the request begins with.
fn begun(name: &str, kind: &str, server: &str) -> String {
    format!(
        "{name}{{otel.name=\"GET /v1/{{what}}\" otel.kind=\"{kind}\" http.request.method=\"GET\" {server}"
    )
}

#[track_caller]
fn check(lines: &[String], expected: &[&str]) {
    let server = "url.scheme=\"https\" url.template=\"/v1/{what}\" server.address=\"api.example\" server.port=443";
    let of_call = begun("http.call", "internal", server);
    let of_attempt = begun("http.attempt", "client", server);
    let of_resend = begun("http.attempt", "client", "http.request.resend_count=");
    let lines = lines.iter().map(|line| {
        let line = line
            .replace(&of_call, "call")
            .replace(&of_attempt, "attempt");
        line.replace(&of_resend, "resend ").replace(server, "")
    });
    let lines: Vec<_> = lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn spans_have_the_fields_of_the_conventions() {
    let script = [
        Step::Answer(503, &[("x-request-id", "r-1"), ("retry-after-ms", "900")]),
        Step::Fault(Kind::Connect, Phase::NotSent),
        OK,
    ];
    let lines = lines(stack(), "https://api.example/v1/things", &script, "debug").await;
    let busy = "attempt http.response.status_code=503 http.response.header.x-request-id=\"r-1\" \
         otel.status_code=\"ERROR\" error.type=\"503\"";
    check(
        &lines,
        &[
            busy,
            "http.retry attempt=1 reason=\"status\" after_ms=900",
            "resend 1 otel.status_code=\"ERROR\" error.type=\"connect\"",
            "http.retry attempt=2 reason=\"connect\" after_ms=0",
            "resend 2 http.response.status_code=200",
            "call http.response.status_code=200 http.request.resend_count=2",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn failures_are_errors_and_a_dropped_call_is_none() {
    let uri = "https://api.example/v1/7";
    let failed = lines(stack(), uri, &[Step::Answer(404, &[])], "info").await;
    let end = "http.response.status_code=404 otel.status_code=\"ERROR\" error.type=\"404\"";
    check(
        &failed,
        &[&format!("attempt {end}"), &format!("call {end}")],
    );
    let slow = stack().timeout(Duration::from_secs(1));
    let late = lines(slow, uri, &[Step::Hang], "info").await;
    let end = "otel.status_code=\"ERROR\" error.type=\"call_timeout\"";
    check(&late, &[&format!("attempt {end}"), &format!("call {end}")]);
    let dropped = lines(stack(), uri, &[Step::Hang], "info").await;
    let end = "error.type=\"dropped\"";
    check(
        &dropped,
        &[&format!("attempt {end}"), &format!("call {end}")],
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_is_an_event() {
    let quota = Quota::unlimited().with_rate(1, Duration::from_secs(2));
    let script = [Step::Answer(503, &[]), OK];
    let lines = lines(
        stack().quota(quota),
        "https://api.example/v1/7",
        &script,
        "debug",
    )
    .await;
    assert_eq!(lines[2], "http.quota_wait after_ms=2000");
}

#[tokio::test(start_paused = true)]
async fn the_server_is_named_with_its_port() {
    for (uri, server) in [
        (
            "http://localhost/",
            "server.address=\"localhost\" server.port=80 ",
        ),
        (
            "https://10.0.0.1/v1",
            "server.address=\"10.0.0.1\" server.port=443 ",
        ),
        (
            "http://[::1]:8080/v1/7",
            "server.address=\"::1\" server.port=8080 ",
        ),
    ] {
        for span in lines(stack(), uri, &[OK], "info").await {
            assert!(span.contains(server), "{span}");
        }
    }
}
