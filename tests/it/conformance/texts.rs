//! The messages of every kind of error, produced by real calls.

use std::{convert::Infallible, fmt::Write as _, time::Duration};

use http::{Request, Response};
use prism_imports::{
    Client, Error, ErrorKind, ImportHandle, Imports, ObjectType, Submitted,
    poller::Pace,
    transport::{Quota, RequestBody, ResponseBody, RetryPolicy},
};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::{
    net::{
        Action,
        tls::{Authority, TlsServer},
    },
    rows::contacts,
    server::{KEY, TEAM},
};
use serde_json::json;
use tokio::net::TcpSocket;
use tower::load_shed::error::Overloaded;

use super::{answer, in_process, one_row, scripted};

const EXPECTED: &str = include_str!("texts.txt");

/// Compares the messages of every kind with the expected ones.
#[tokio::test]
async fn every_kind_of_error_has_the_expected_message() {
    let mut errors = unsent().await;
    errors.extend(answered().await);
    errors.extend(unanswered().await);
    errors.extend(watched().await);
    let mut texts = String::new();
    for error in &errors {
        let mut lines = format!("{}\n", error.kind());
        writeln!(lines, "  {error}").unwrap();
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            writeln!(lines, "  <- {error}").unwrap();
            source = error.source();
        }
        // The sources have their own `Debug` output, with times of day.
        let debug = format!("{error:?}");
        let own = debug.split_once(", source:").unwrap_or_default().0;
        writeln!(lines, "  {own}").unwrap();
        assert!(!format!("{lines}{debug}").contains(KEY), "{debug}");
        texts.push_str(&normalize(&lines, error));
    }
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/it/conformance/texts.txt");
        std::fs::write(file, &texts).unwrap();
    }
    assert_eq!(
        texts, EXPECTED,
        "run with UPDATE_TEXTS=1 and review the difference"
    );
    for kind in KINDS {
        assert!(
            errors.iter().any(|error| error.kind() == kind),
            "{kind:?} was not produced"
        );
    }
}

const KINDS: [ErrorKind; 22] = [
    ErrorKind::Argument,
    ErrorKind::Config,
    ErrorKind::Auth,
    ErrorKind::Denied,
    ErrorKind::NotFound,
    ErrorKind::Gone,
    ErrorKind::Expired,
    ErrorKind::Rejected,
    ErrorKind::RateLimited,
    ErrorKind::Server,
    ErrorKind::Timeout,
    ErrorKind::Connect,
    ErrorKind::Certificate,
    ErrorKind::Protocol,
    ErrorKind::Body,
    ErrorKind::TooLarge,
    ErrorKind::Decode,
    ErrorKind::Contract,
    ErrorKind::Quota,
    ErrorKind::Overloaded,
    ErrorKind::Stopped,
    ErrorKind::Layer,
];

/// Replaces the parts that differ between runs.
fn normalize(text: &str, error: &Error) -> String {
    let mut text = text.to_owned();
    if let Some(key) = error.idempotency_key() {
        text = text.replace(key.as_str(), "KEY");
    }
    if let Some(handle) = error.handle() {
        text = text.replace(handle.job_id().as_str(), "JOB");
    }
    for (before, after) in [
        ("elapsed: ", "TIME"),
        ("127.0.0.1:", "PORT"),
        ("request req_", "ID"),
    ] {
        let mut rest = std::mem::take(&mut text);
        while let Some(at) = rest.find(before) {
            let (head, tail) = rest.split_at(at + before.len());
            text.push_str(head);
            text.push_str(after);
            let value = tail
                .find(|c: char| !(c.is_alphanumeric() || c == '.'))
                .unwrap_or(tail.len());
            rest = tail[value..].to_owned();
        }
        text.push_str(&rest);
    }
    text
}

/// An error of a service of the application.
#[derive(Debug)]
struct OnFire;

impl std::fmt::Display for OnFire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the cache is on fire")
    }
}

impl std::error::Error for OnFire {}

/// Returns errors of calls that are rejected before any traffic.
async fn unsent() -> Vec<Error> {
    let (_server, imports) = scripted([Action::Close]).await;
    let submit = || imports.submit(ObjectType::Contact);
    let without_team = Client::builder()
        .base_url("http://localhost:9")
        .api_key(KEY);
    let without_team = without_team.build().unwrap().imports();
    vec![
        imports.get("..").await.unwrap_err(),
        imports.get("a/b").await.unwrap_err(),
        without_team.get("j-1").await.unwrap_err(),
        imports
            .get("j-1")
            .timeout(Duration::ZERO)
            .await
            .unwrap_err(),
        submit().await.unwrap_err(),
        submit()
            .rows([json!({"email": "ada@example.com"})])
            .await
            .unwrap_err(),
        submit()
            .rows([json!({"default": {}})])
            .dedupe_by(" ")
            .await
            .unwrap_err(),
        imports
            .submit("a/b")
            .rows([json!({"default": {}})])
            .await
            .unwrap_err(),
    ]
}

/// Returns errors of calls that the server answered.
async fn answered() -> Vec<Error> {
    let id = ("x-request-id", "req-7");
    let json = ("content-type", "application/json");
    let envelope = r#"{"error":{"code":"some_code","message":"A sentence of the server."}}"#;
    let polls = [
        Action::answer_with(401, &[id], ""),
        Action::answer_with(403, &[id], r#"{"message":"Forbidden"}"#),
        Action::answer_with(404, &[id], envelope),
        Action::answer_with(429, &[id, ("retry-after-ms", "250")], envelope),
        Action::answer_with(500, &[id], envelope),
        Action::answer_with(
            502,
            &[("content-type", "text/html")],
            "<html>Bad gateway</html>",
        ),
        Action::answer_with(302, &[id, ("location", "http://elsewhere.example/")], ""),
        Action::answer_with(
            200,
            &[id, ("content-type", "text/html")],
            "<html><title>Sign in</title></html>",
        ),
        Action::answer_with(200, &[id, json], "null"),
        Action::answer_with(
            200,
            &[id, json],
            r#"{"job_id":"j-1","status":"complete","total":1,"resu"#,
        ),
        Action::answer_with(
            200,
            &[id, json],
            r#"{"job_id":"j-1","status":"processing"}"#,
        ),
        Action::answer_with(
            200,
            &[id, json],
            include_str!("../../../crates/core/fixtures/reference-sample.json"),
        ),
    ];
    let submits = [
        Action::answer_with(
            400,
            &[id],
            r#"{"error":{"code":"invalid_request","message":"1 field is invalid.","errors":[
            {"field":".body.default.email","code":"invalid_email","message":"no address"}]}}"#,
        ),
        answer(
            409,
            r#"{"error":{"code":"idempotency_key_mismatch","message":"Other body."}}"#,
        ),
        answer(
            500,
            r#"{"error":{"code":"write_committed","message":"It was written."}}"#,
        ),
    ];
    let (_server, imports) = scripted(polls.into_iter().chain(submits)).await;
    let mut errors = Vec::new();
    for _ in 0..12 {
        errors.push(imports.get("j-1").await.unwrap_err());
    }
    for _ in 0..3 {
        errors.push(one_row(&imports).await.unwrap_err());
    }
    errors
}

/// Returns errors of calls without a complete answer.
async fn unanswered() -> Vec<Error> {
    // Bound without listening, so that no other test listens on the port.
    let unused = TcpSocket::new_v4().unwrap();
    unused.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let cut = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"
        .to_vec();
    let (_s1, closing) = scripted([Action::Close]).await;
    let (_s2, cutting) = scripted([Action::ReplyAndClose(cut)]).await;
    let failing = tower::service_fn(|_: Request<RequestBody>| {
        std::future::ready(Err::<Response<ResponseBody>, _>(OnFire))
    });
    let answering = tower::service_fn(|_: Request<RequestBody>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(ResponseBody::from(
            super::PROCESSING,
        ))))
    });
    let silent = tower::service_fn(|_: Request<RequestBody>| {
        std::future::pending::<Result<Response<ResponseBody>, Infallible>>()
    });
    let overloaded = tower::service_fn(|_: Request<RequestBody>| {
        std::future::ready(Err::<Response<ResponseBody>, _>(Overloaded::new()))
    });
    let (_s3, mail) = scripted([Action::ReplyAndClose(
        b"220 mail.example ESMTP\r\n".to_vec(),
    )])
    .await;
    let authority = Authority::new().unwrap();
    let tls = authority
        .server_config("localhost", &["http/1.1"], false)
        .unwrap();
    let tls = TlsServer::start(tls, [Action::Close]).await.unwrap();
    let month = Duration::from_secs(86_400 * 30);
    let spent = Quota::unlimited().with_period(1, month);
    let client = || {
        let client = Client::builder()
            .base_url("http://localhost")
            .api_key(KEY)
            .team_id(TEAM);
        client.retry(RetryPolicy::none())
    };
    let unreachable = client().base_url(format!("http://{}", unused.local_addr().unwrap()));
    let unreachable = unreachable.build().unwrap().imports();
    let silent = client().http_service(silent).build().unwrap().imports();
    let layered = client().http_service(failing).build().unwrap().imports();
    let shed = client().http_service(overloaded).build().unwrap().imports();
    let small = client().max_body(10).http_service(answering);
    let small = small.build().unwrap().imports();
    let untrusted = client().base_url(format!("https://localhost:{}", tls.port()));
    let untrusted = untrusted.build().unwrap().imports();
    let limited = client()
        .quota(spent)
        .http_service(answering)
        .build()
        .unwrap()
        .imports();
    tokio::time::pause();
    limited.get("j-1").await.unwrap();
    let limited = limited.get("j-1").await.unwrap_err();
    tokio::time::resume();
    let moment = Duration::from_millis(50);
    vec![
        unreachable.get("j-1").await.unwrap_err(),
        one_row(&unreachable).await.unwrap_err(),
        one_row(&closing).await.unwrap_err(),
        silent.get("j-1").attempt_timeout(moment).await.unwrap_err(),
        one_row(&silent).timeout(moment).await.unwrap_err(),
        cutting.get("j-1").await.unwrap_err(),
        layered.get("j-1").await.unwrap_err(),
        shed.get("j-1").await.unwrap_err(),
        small.get("j-1").await.unwrap_err(),
        one_row(&small).await.unwrap_err(),
        untrusted.get("j-1").await.unwrap_err(),
        mail.get("j-1").await.unwrap_err(),
        limited,
    ]
}

/// Returns errors of watches that ended before their job.
async fn watched() -> Vec<Error> {
    tokio::time::pause();
    let settings = || Sandbox::builder().sync_below(0).rows_per_second(0.0001);
    let lost = || Fault::answer(404).on(On::Poll).skip(1);
    let old = Fault::set("expires_at", "2000-01-08T00:00:00Z").on(On::Poll);
    let older = Fault::set("created_at", "2000-01-01T00:00:00Z").on(On::Poll);
    let gone = start(in_process(settings().fault(lost()))).await;
    let expired = start(in_process(settings().fault(old).fault(older).fault(lost()))).await;
    let slow = start(in_process(settings())).await;
    let failing = start(in_process(
        settings().fault(Fault::answer(503).on(On::Poll)),
    ))
    .await;
    let wrong = start(in_process(
        Sandbox::builder()
            .sync_below(0)
            .fault(Fault::contradict().on(On::Poll)),
    ))
    .await;
    let hour = Duration::from_secs(3_600);
    let errors = vec![
        gone.0.wait(&gone.1).await.unwrap_err(),
        expired.0.wait(&expired.1).await.unwrap_err(),
        slow.0.wait(&slow.1).timeout(hour).await.unwrap_err(),
        slow.0
            .wait(&slow.1)
            .max_polls(2)
            .pace(Pace::frugal())
            .await
            .unwrap_err(),
        failing.0.wait(&failing.1).max_faults(2).await.unwrap_err(),
        wrong.0.wait(&wrong.1).max_faults(2).await.unwrap_err(),
        slow.0.rows(&slow.1).next().await.unwrap().unwrap_err(),
    ];
    tokio::time::resume();
    errors
}

async fn start(imports: Imports) -> (Imports, ImportHandle) {
    let Submitted::Started(handle) = imports.submit("contact").rows(contacts(200)).await.unwrap()
    else {
        panic!("expected a started job");
    };
    (imports, handle)
}
