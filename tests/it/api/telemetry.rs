//! The spans of calls and watches: their tree, their fields, and the one line of a call that failed.

use std::{future::Future, num::NonZeroUsize, time::Duration};

use http::StatusCode;
use prism_imports::{
    Client, Error, ErrorKind, GetImport, ImportJob, ObjectType, Reply, RetryPolicy,
    transport::retry::Backoff,
};
use prism_imports_sandbox::{Builder, Fault, On, Sandbox};
use prism_imports_tests::{
    server::{KEY, TEAM},
    spans::Recording,
};
use serde_json::json;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tracing::Level;
use tracing_subscriber::filter::LevelFilter;

use super::{builder, start};

/// Fields that each span has, or that are others at each run.
const SAME: &[&str] = &[
    "otel.kind",
    "http.request.method",
    "url.scheme",
    "url.template",
    "server.address",
    "server.port",
    "http.response.header.x-request-id",
    "request_id",
    "prism.team.id",
    "prism.job.id",
    "wait_ms",
];

const GET: &str = "otel.name=GET /v2/prism/{teamId}/imports/{jobId}";
const POST: &str = "otel.name=POST /v2/prism/{teamId}/{objectType}/import";

fn client(settings: Builder) -> Client {
    let settings = settings.rows_per_second(10.0).sync_below(0);
    let sandbox = settings.api_key(KEY).build().unwrap();
    let retry = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, Duration::ZERO));
    let client = builder().retry(retry).http_service(sandbox);
    client.build().unwrap()
}

#[track_caller]
fn check(lines: &[String], expected: &[&str]) {
    let lines = lines
        .iter()
        .map(|line| line.replace(GET, "GET").replace(POST, "POST"));
    let lines = lines.map(|line| line.replace("http.response.status_code=", ""));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_submit_and_its_watch_are_two_traces() {
    let settings = Sandbox::builder()
        .fault(Fault::answer(503).on(On::Submit).times(1))
        .fault(Fault::answer(500).on(On::Poll).skip(1).times(3))
        .fault(
            Fault::stale(Duration::from_secs(9))
                .on(On::Poll)
                .skip(5)
                .times(1),
        );
    let imports = client(settings).imports();
    let recording = Recording::start(LevelFilter::DEBUG);
    let handle = start(&imports, 400).await;
    let mut watch = imports.watch(handle);
    for _ in 0..4 {
        watch.next().await.unwrap().unwrap();
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    watch.next().await.unwrap().unwrap();
    assert!(watch.next().await.is_none());
    check(
        &recording.tree(SAME),
        &[
            "prism.call otel.name=submit import",
            ". http.call POST 202 http.request.resend_count=1",
            ". . http.attempt POST 503 otel.status_code=ERROR error.type=503",
            ". . DEBUG: http.retry attempt=1 reason=status after_ms=0",
            ". . http.attempt POST http.request.resend_count=1 202",
            "prism.call otel.name=watch import prism.job.status=complete",
            ". http.call GET 200",
            ". . http.attempt GET 200",
            ". DEBUG: prism.step result=advanced",
            ". http.call GET 500 http.request.resend_count=2 otel.status_code=ERROR error.type=500",
            ". . http.attempt GET 500 otel.status_code=ERROR error.type=500",
            ". . DEBUG: http.retry attempt=1 reason=status after_ms=0",
            ". . http.attempt GET http.request.resend_count=1 500 otel.status_code=ERROR error.type=500",
            ". . DEBUG: http.retry attempt=2 reason=status after_ms=0",
            ". . http.attempt GET http.request.resend_count=2 500 otel.status_code=ERROR error.type=500",
            ". DEBUG: prism.step result=fault error.type=server 500",
            ". http.call GET 200",
            ". . http.attempt GET 200",
            ". DEBUG: prism.step result=advanced",
            ". http.call GET 200",
            ". . http.attempt GET 200",
            ". DEBUG: prism.step result=stale",
            ". http.call GET 200",
            ". . http.attempt GET 200",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn the_spans_of_the_client_name_the_job_and_the_team() {
    let imports = client(Sandbox::builder()).imports();
    let recording = Recording::start(LevelFilter::INFO);
    let handle = start(&imports, 10).await;
    imports.get(handle.clone()).await.unwrap();
    imports.snapshot(handle.clone()).await.unwrap();
    tokio::time::advance(Duration::from_secs(2)).await;
    imports.wait(handle.clone()).await.unwrap();
    let mut rows = imports.rows(handle.clone());
    while let Some(row) = rows.next().await {
        row.unwrap();
    }
    let tree = recording.tree(&[]);
    let spans = tree
        .iter()
        .filter_map(|line| line.strip_prefix("prism.call "));
    let job = handle.job_id();
    let of = |operation| {
        format!(
            "otel.name={operation} import otel.kind=internal prism.team.id={TEAM} prism.job.id={job}"
        )
    };
    let expected = [
        of("submit"),
        of("get"),
        of("get"),
        of("watch") + " prism.job.status=complete",
        of("read").replace("read import", "read rows"),
    ];
    assert_eq!(spans.collect::<Vec<_>>(), expected);
    assert_eq!(tree.len(), 3 * expected.len(), "{tree:#?}");
}

#[tokio::test(start_paused = true)]
async fn each_job_of_a_fleet_is_a_trace() {
    let imports = client(Sandbox::builder()).imports();
    let handles = [start(&imports, 100).await, start(&imports, 20).await];
    let recording = Recording::start(LevelFilter::INFO);
    let mut fleet = imports.fleet().concurrency(NonZeroUsize::MIN);
    // The span of a request to a web service, for example: it ends before the jobs do.
    tracing::info_span!(target: "prism_imports", "request").in_scope(|| {
        for handle in handles {
            assert!(fleet.add(handle));
        }
    });
    while fleet.next().await.is_some() {}
    let tree = recording.tree(SAME);
    let roots: Vec<_> = tree.iter().filter(|line| !line.starts_with('.')).collect();
    let watch = "prism.call otel.name=watch import prism.job.status=complete";
    assert_eq!(roots, ["request", watch, watch]);
    let polls = tree.iter().filter(|line| line.starts_with(". http.call"));
    assert!(polls.count() > 4, "{tree:#?}");
}

#[tokio::test(start_paused = true)]
async fn polls_through_a_layered_service_are_parts_of_the_watch() {
    let imports = client(Sandbox::builder()).imports();
    let service = ServiceBuilder::new()
        .concurrency_limit(1)
        .service(imports.gets());
    let layered = imports.over(service.clone());
    let handle = start(&imports, 10).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let recording = Recording::start(LevelFilter::INFO);
    layered.wait(handle.clone()).await.unwrap();
    layered.get(handle.clone()).await.unwrap();
    // Called by itself, the service has a span too.
    service
        .clone()
        .oneshot(GetImport::new(handle.clone()))
        .await
        .unwrap();
    let get = layered.get(handle).into_request().unwrap();
    service.oneshot(get).await.unwrap();
    let get = [
        "prism.call otel.name=get import",
        ". http.call GET 200",
        ". . http.attempt GET 200",
    ];
    let watch = "prism.call otel.name=watch import prism.job.status=complete";
    let expected = [&[watch], &get[1..], &get, &get, &get].concat();
    check(&recording.tree(SAME), &expected);
}

/// Makes a call and returns its lines at the default level.
async fn lines<T>(call: impl Future<Output = T>) -> (T, Vec<String>) {
    let recording = Recording::start(LevelFilter::INFO);
    let result = call.await;
    (result, recording.events(Level::INFO))
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_is_one_line_without_the_text_of_the_server() {
    let refused = Fault::answer(422).error("invalid_rows", "ada@example.com is no customer");
    let settings = Sandbox::builder()
        .fault(refused.on(On::Submit).times(1))
        .fault(Fault::answer(503).on(On::Poll).times(3))
        .fault(Fault::answer(403).on(On::Poll).skip(3).times(1));
    let imports = client(settings).imports();
    let submit = imports
        .submit(ObjectType::Contact)
        .rows([json!({"default": {"email": "ada@example.com"}})]);
    let (error, submitted) = lines(submit.into_future()).await;
    let id = error.unwrap_err().request_id().unwrap().to_owned();
    assert_eq!(
        submitted,
        [format!(
            "WARN: call failed error.type=rejected http.response.status_code=422 request_id={id} attempts=1 \
             commit=not_committed"
        )]
    );
    let (error, got) = lines(imports.get("j-1").into_future()).await;
    let id = error.unwrap_err().request_id().unwrap().to_owned();
    assert_eq!(
        got,
        [format!(
            "WARN: call failed error.type=server prism.job.id=j-1 http.response.status_code=503 request_id={id} attempts=3"
        )]
    );
    let (error, watched) = lines(imports.wait("j-2").into_future()).await;
    let id = error.unwrap_err().request_id().unwrap().to_owned();
    assert_eq!(
        watched,
        [format!(
            "WARN: call failed error.type=denied prism.job.id=j-2 http.response.status_code=403 request_id={id} attempts=1"
        )]
    );
    // Refused before anything is sent.
    let argument = ["WARN: call failed error.type=argument attempts=0"];
    assert_eq!(lines(imports.get("..").into_future()).await.1, argument);
    assert_eq!(
        lines(imports.snapshot("..").into_future()).await.1,
        argument
    );
    assert_eq!(lines(imports.watch("..").next()).await.1, argument);
    assert_eq!(lines(imports.rows("..").next()).await.1, argument);
    let empty = lines(imports.submit(ObjectType::Contact).into_future())
        .await
        .1;
    assert_eq!(
        empty,
        ["WARN: call failed error.type=argument attempts=0 commit=not_committed"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_succeeds_has_no_line_whatever_it_took() {
    let settings = Sandbox::builder()
        .fault(Fault::answer(503).on(On::Submit).times(2))
        .fault(Fault::answer(500).on(On::Poll).times(7));
    let imports = client(settings).imports();
    let (end, lines) = lines(async {
        let handle = start(&imports, 40).await;
        let attached = handle;
        imports.wait(&attached).await?;
        let mut rows = imports.rows(&attached);
        while let Some(row) = rows.next().await {
            row?;
        }
        Ok::<_, Error>(())
    })
    .await;
    end.unwrap();
    assert_eq!(lines, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_span_is_an_error_and_a_dropped_one_is_none() {
    let broken = service_fn(|_: GetImport| async {
        let error = Error::new(ErrorKind::Denied, "ask the vault for sesame");
        Err::<Reply<ImportJob>, _>(error.with_status(StatusCode::FORBIDDEN))
    });
    let imports = client(Sandbox::builder()).imports().over(broken);
    let recording = Recording::start(LevelFilter::INFO);
    imports.wait("j-1").await.unwrap_err();
    imports.get("j-1").await.unwrap_err();
    let hanging =
        service_fn(|_: GetImport| std::future::pending::<Result<Reply<ImportJob>, Error>>());
    let mut watch = imports.over(hanging).watch("j-1");
    tokio::time::timeout(Duration::from_secs(1), watch.next())
        .await
        .unwrap_err();
    drop(watch);
    let line = ". WARN: call failed error.type=denied 403 attempts=0";
    check(
        &recording.tree(SAME),
        &[
            "prism.call otel.name=watch import otel.status_code=ERROR error.type=denied",
            line,
            "prism.call otel.name=get import otel.status_code=ERROR error.type=denied",
            line,
            "prism.call otel.name=watch import",
        ],
    );
}
