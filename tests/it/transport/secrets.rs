//! No API key and no row in any debug output, log or trace, at any level, of any crate.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use prism_imports::{IdempotencyKey, ObjectType, Submitted, Update, poller::Pace};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::net::h2::{H2Action, H2Server};
use prism_imports_tests::net::tls::{Authority, TlsServer};
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_tests::server::client as client_of;
use prism_imports_transport::{
    AuthLayer, Credentials, HttpClient, HttpService, Origin, Replay, StackBuilder, UrlTemplate,
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::{client, get, no_backoff, post, retry, send};

const KEY: &str = "sesame-4711-open";
const ROW: &str = "rows\":[1,2,3]";
const ID: &str = "job-7d1f";
const NAME: &str = "lovelace-1815";
const SUBMIT_KEY: &str = "batch-42-of-tuesday";

/// The captured output of all crates.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// rustls logs through the `log` crate.
impl log::Log for Captured {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0.lock().unwrap().extend_from_slice(line.as_bytes());
    }

    fn flush(&self) {}
}

fn service(uri: &http::Uri, client: HttpClient) -> HttpService {
    StackBuilder::new()
        .retry(retry(no_backoff()))
        .auth(AuthLayer::new(
            Origin::of(uri).unwrap(),
            Credentials::fixed(KEY),
        ))
        .build(client)
}

/// Sends a GET and a POST and returns the debug output of their results.
async fn exchange(uri: http::Uri, client: HttpClient) -> String {
    let service = service(&uri, client);
    let mut shown = format!("{service:?}\n");
    for mut request in [get(uri.clone()), post(uri, Replay::Keyed)] {
        request
            .extensions_mut()
            .insert(UrlTemplate("/v1/imports/{jobId}".into()));
        match send(&service, request).await {
            Ok(response) => writeln!(shown, "{response:?}"),
            Err(error) => writeln!(shown, "{error} {error:?} {error:#?}"),
        }
        .unwrap();
    }
    shown
}

/// Submits two imports, one of which is refused, and watches the other through some faults. Returns the debug output of the
/// client and of what goes wrong.
async fn import() -> String {
    let refused = format!("row 0: {NAME} is taken");
    let settings = Sandbox::builder()
        .sync_below(0)
        .rows_per_second(1_000.0)
        .fault(Fault::answer(422).error("invalid_rows", &*refused).times(1))
        .fault(Fault::answer(500).on(On::Poll).times(3))
        .fault(Fault::cut(200).on(On::Poll).skip(3).times(1));
    let sandbox = settings.api_key(KEY).build().unwrap();
    let server = sandbox.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let imports = client_of(&server, KEY).imports();
    // Rows whose values are refused one by one: the results quote them.
    let rows = || (0..20).map(|n| json!({"default": {"email": format!("{NAME}-{n}")}}));
    let submit = || imports.submit(ObjectType::Contact).rows(rows());
    let key: IdempotencyKey = SUBMIT_KEY.parse().unwrap();
    let submit = || submit().idempotency_key(key.clone());
    let mut shown = format!("{imports:?} {:?}\n", submit().into_request().unwrap());
    submit().await.unwrap_err();
    let Submitted::Started(handle) = submit().await.unwrap() else {
        panic!("the sandbox starts jobs")
    };
    let mut watch = imports.watch(handle.clone()).pace(Pace::prompt());
    while let Some(update) = watch.next().await {
        if let Update::Fault(error) = update.unwrap() {
            writeln!(shown, "{error} {error:?}").unwrap();
        }
    }
    let mut rows = imports.rows(handle);
    while let Some(row) = rows.next().await {
        row.unwrap();
    }
    shown
}

#[tokio::test]
async fn no_secret_is_in_any_output() {
    let captured = Captured::default();
    log::set_boxed_logger(Box::new(captured.clone())).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    // With a single dispatcher, tracing caches the interest of the first thread that reaches an event. A thread of
    // another test has no subscriber and would disable the event for all. A second dispatcher prevents this.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(captured.clone())
        .finish();
    // The runtime of this test has one thread, so the tasks of hyper log here too.
    let _default = tracing::subscriber::set_default(subscriber);
    let mut shown = String::new();

    let path = format!("/v1/imports/{ID}");
    let actions = [
        Action::answer_with(503, &[("x-request-id", "r-1")], "busy"),
        Action::answer_with(200, &[("x-request-id", "r-2")], "ok"),
        Action::Close,
        Action::Reset,
        Action::ReplyAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()),
    ];
    let plain = FaultServer::start(actions).await.unwrap();
    shown += &exchange(plain.url(&path), client()).await;

    let http2 = H2Server::start([
        H2Action::Refuse,
        H2Action::Answer(200, "two"),
        H2Action::Cancel,
    ])
    .await
    .unwrap();
    let http2_client = HttpClient::builder()
        .without_proxy()
        .with_http2_only()
        .build();
    shown += &exchange(http2.url(&path), http2_client.unwrap()).await;

    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("localhost", &["http/1.1"], false)
        .unwrap();
    let secure = TlsServer::start(config, [Action::answer(200, "ok")])
        .await
        .unwrap();
    let trusting = HttpClient::builder()
        .without_proxy()
        .with_root_certificates_pem(authority.pem().as_bytes())
        .unwrap()
        .build();
    let uri = format!("https://localhost:{}{path}", secure.port());
    shown += &exchange(uri.parse().unwrap(), trusting.unwrap()).await;
    let untrusting = exchange(uri.parse().unwrap(), client()).await;
    shown += &untrusting;

    shown += &import().await;

    let logged = captured.text();
    for text in [&logged, &shown] {
        assert!(!text.contains(KEY), "the key is in the output");
        assert!(!text.contains(ROW), "a row is in the output");
        assert!(!text.contains(NAME), "a value of a row is in the output");
    }
    // The capture has the expected output.
    for expected in [
        "http.call{otel.name=\"GET /v1/imports/{jobId}\" otel.kind=\"internal\" http.request.method=\"GET\" url.scheme=\"http\" url.template=\"/v1/imports/{jobId}\"",
        "http.attempt{otel.name=\"GET /v1/imports/{jobId}\" otel.kind=\"client\" http.request.method=\"GET\" http.request.resend_count=1",
        "http.response.status_code=503 http.response.header.x-request-id=\"r-1\"  otel.status_code=\"ERROR\" error.type=\"503\"",
        "http.retry attempt=1 reason=\"status\"",
        "reason=\"unsent\"",
        "WARN prism.call{otel.name=\"submit import\"",
        "prism.step result=\"fault\"",
        "hyper",
        "rustls",
        "h2::",
    ] {
        assert!(logged.contains(expected), "{expected} is missing");
    }
    // Our spans have the route, not the id, and no key.
    let ours = logged
        .lines()
        .filter(|line| line.contains(" prism_imports"));
    assert!(ours.clone().count() > 60);
    for line in ours {
        assert!(!line.contains(ID), "{line}");
        assert!(!line.contains(SUBMIT_KEY), "{line}");
    }
}
