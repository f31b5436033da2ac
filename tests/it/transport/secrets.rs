//! No key and no row in anything that is printed, logged or traced, at any level, by anybody.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use prism_imports_tests::net::h2::{H2Act, H2Server};
use prism_imports_tests::net::tls::{Authority, TlsServer};
use prism_imports_tests::net::{Act, FaultServer};
use prism_imports_transport::{
    AuthLayer, Credentials, HttpClient, HttpService, Origin, Replay, RetryLayer, Stack, UrlTemplate,
};
use tracing_subscriber::fmt::MakeWriter;

use super::{at_once, client, get, post, send};

const KEY: &str = "sesame-4711-open";
const ROW: &str = "rows\":[1,2,3]";
const ID: &str = "job-7d1f";

/// Everything written, by whatever library.
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

/// rustls speaks through the `log` crate.
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
    Stack::builder()
        .retry(RetryLayer::new(at_once()))
        .auth(AuthLayer::new(
            Origin::of(uri).unwrap(),
            Credentials::fixed(KEY),
        ))
        .boxed(client)
}

/// Sends a read and a write, and returns what their results look like.
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

#[tokio::test]
async fn nothing_secret_is_in_any_output() {
    let captured = Captured::default();
    log::set_boxed_logger(Box::new(captured.clone())).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    // With a single subscriber, tracing asks only that of the thread which comes upon an event first; in a test of
    // another thread there is none, and the event would be switched off for all. With two it asks every one.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(captured.clone())
        .finish();
    // This test's runtime has one thread, so that hyper's own tasks speak here too.
    let _default = tracing::subscriber::set_default(subscriber);
    let mut shown = String::new();

    let path = format!("/v1/imports/{ID}");
    let acts = [
        Act::answer_with(503, &[("x-request-id", "r-1")], "busy"),
        Act::answer_with(200, &[("x-request-id", "r-2")], "ok"),
        Act::Close,
        Act::Reset,
        Act::ReplyAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()),
    ];
    let plain = FaultServer::start(acts).await.unwrap();
    shown += &exchange(plain.url(&path), client()).await;

    let two = H2Server::start([H2Act::Refuse, H2Act::Answer(200, "two"), H2Act::Cancel])
        .await
        .unwrap();
    let speaks_two = HttpClient::builder()
        .without_proxy()
        .with_http2_only()
        .build();
    shown += &exchange(two.url(&path), speaks_two.unwrap()).await;

    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("localhost", &["http/1.1"], false)
        .unwrap();
    let secure = TlsServer::start(config, [Act::answer(200, "ok")])
        .await
        .unwrap();
    let trusting = HttpClient::builder()
        .without_proxy()
        .with_root_certificates_pem(authority.pem().as_bytes())
        .unwrap()
        .build();
    let uri = format!("https://localhost:{}{path}", secure.port());
    shown += &exchange(uri.parse().unwrap(), trusting.unwrap()).await;
    let stranger = exchange(uri.parse().unwrap(), client()).await;
    shown += &stranger;

    let logged = captured.text();
    for text in [&logged, &shown] {
        assert!(!text.contains(KEY), "the key is out");
        assert!(!text.contains(ROW), "a row is out");
    }
    // The capture works, and says what it should.
    for expected in [
        "http.call{otel.name=\"GET /v1/imports/{jobId}\" otel.kind=\"internal\" http.request.method=GET url.template=\"/v1/imports/{jobId}\"",
        "http.attempt{otel.name=\"GET /v1/imports/{jobId}\" otel.kind=\"client\" http.request.method=GET http.request.resend_count=1",
        "http.response.status_code=503 http.response.request_id=\"r-1\" error.type=503",
        "http.retry attempt=1 reason=\"status\"",
        "reason=\"unsent\"",
        "hyper",
        "rustls",
        "h2::",
    ] {
        assert!(logged.contains(expected), "{expected} is missing");
    }
    // Our own spans know the route only.
    let ours = logged
        .lines()
        .filter(|line| line.contains(" prism_imports_transport::"));
    assert!(ours.clone().count() > 20);
    for line in ours {
        assert!(!line.contains(ID), "{line}");
    }
}
