//! What errors hold, and what they show.

use std::{error::Error as StdError, time::Duration};

use http::Request;
use prism_imports::{
    Client, ConfigError, Error, ErrorKind, ImportHandle, Imports, ObjectType, Submitted,
    transport::{self, BoxError, RequestBody, ResponseBody, RetryPolicy},
    wire::DecodeError,
};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::{
    net::{
        Action, FaultServer,
        tls::{Authority, TlsServer},
    },
    rows::contacts,
    server::{KEY, TEAM},
};
use serde_json::json;

use super::{builder, in_process, start};

fn imports(url: impl Into<String>) -> Imports {
    let client = Client::builder()
        .base_url(url)
        .api_key(KEY)
        .team_id(TEAM)
        .max_body(1_000);
    client.build().unwrap().imports()
}

/// Checks that a watch and a fleet end at their first poll with an error of this kind.
async fn ends_at_once(imports: &Imports, kind: ErrorKind) {
    let error = imports.watch("j-1").next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (kind, 1), "{error}");
    assert_eq!(error.stop_reason(), None);
    assert!(error.handle().is_some());
    assert!(!error.is_retryable());
    let mut fleet = imports.fleet();
    fleet.add(error.handle().unwrap().clone());
    let (_, ended) = fleet.next().await.unwrap();
    assert_eq!(ended.unwrap_err().kind(), kind);
    assert!(fleet.is_empty());
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_ends_a_watch_at_once() {
    for name in ["localhost", "elsewhere.example"] {
        let authority = Authority::new().unwrap();
        let config = authority.server_config(name, &["http/1.1"], false).unwrap();
        let server = TlsServer::start(config, [Action::answer(200, "{}")])
            .await
            .unwrap();
        let imports = imports(format!("https://localhost:{}", server.port()));
        ends_at_once(&imports, ErrorKind::Certificate).await;
        assert_eq!(server.state().connections(), 2);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_speak_http_ends_a_watch_at_once() {
    let mail = Action::ReplyAndClose(b"220 mail.example ESMTP\r\n".to_vec());
    let server = FaultServer::start([mail]).await.unwrap();
    ends_at_once(&imports(server.url("").to_string()), ErrorKind::Protocol).await;
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn a_body_that_is_too_large_ends_a_watch_at_once() {
    let server = FaultServer::start([Action::answer(200, vec![b' '; 1_001])])
        .await
        .unwrap();
    let imports = imports(server.url("").to_string());
    ends_at_once(&imports, ErrorKind::TooLarge).await;
    let error = imports.get("j-1").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("body larger than the limit of 1000 bytes"),
        "{error}"
    );
    assert_eq!(server.received().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_attached_handle_keeps_its_key_in_every_error() {
    let lost = Fault::answer(404).on(On::Poll).skip(1);
    let (_, client) = in_process(
        Sandbox::builder()
            .sync_below(0)
            .rows_per_second(1.0)
            .fault(lost),
    );
    let imports = client.imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(9));
    let key = submit.key().clone();
    let Submitted::Started(handle) = submit.await.unwrap() else {
        panic!("expected a started job");
    };
    assert_eq!(handle.idempotency_key(), Some(&key));
    let stored: ImportHandle = handle.to_string().parse().unwrap();
    let job = stored;
    let mut watch = imports.watch(&job);
    watch.next().await.unwrap().unwrap();
    let checkpoint = watch.checkpoint().unwrap();
    let mut fleet = imports.fleet().not_found_grace(Duration::ZERO);
    fleet.add(handle.clone());
    for error in [
        watch.next().await.unwrap().unwrap_err(),
        imports.wait(&job).await.unwrap_err(),
        imports.rows(&job).next().await.unwrap().unwrap_err(),
        imports
            .resume(checkpoint)
            .next()
            .await
            .unwrap()
            .unwrap_err(),
        fleet.next().await.unwrap().1.unwrap_err(),
    ] {
        assert_eq!(error.handle(), Some(&handle), "{error}");
    }
}

/// Finds an error of a type beneath another one.
fn find<T: StdError + 'static>(error: &Error) -> Option<&T> {
    std::iter::successors(error.source(), |error| (*error).source())
        .find_map(<dyn StdError>::downcast_ref)
}

#[tokio::test(start_paused = true)]
async fn the_sources_of_an_error_are_found_by_downcast_in_its_clones_too() {
    let fails = tower::service_fn(|_: Request<RequestBody>| async {
        let error = std::io::Error::other("the cache is on fire");
        Err::<http::Response<ResponseBody>, _>(error)
    });
    let client = builder().http_service(fails).build().unwrap();
    let imports = client.imports();
    for error in [
        imports.get("j-1").await.unwrap_err(),
        imports.wait("j-1").await.unwrap_err(),
        imports.rows("j-1").next().await.unwrap().unwrap_err(),
    ] {
        let clone = error.clone();
        assert_eq!(clone.to_string(), error.to_string());
        let transport: &transport::Error = find(&clone).expect("there is a transport error");
        assert_eq!(
            transport.report().attempts,
            clone.transport().unwrap().report().attempts
        );
        let io: &std::io::Error = find(&clone).expect("the error of the service is there");
        assert_eq!(io.to_string(), "the cache is on fire");
    }

    let error = imports.get("..").await.unwrap_err().clone();
    let config: &ConfigError = find(&error).expect("there is a configuration error");
    assert!(matches!(config, ConfigError::JobId(_)), "{config:?}");
    assert_eq!(
        error.as_config().map(ToString::to_string),
        Some(config.to_string())
    );

    let (_, client) = in_process(
        Sandbox::builder()
            .sync_below(0)
            .fault(Fault::set("total", "many").on(On::Poll)),
    );
    let imports = client.imports();
    let job = start(&imports, 5).await;
    for error in [
        imports.get(&job).await.unwrap_err(),
        imports.snapshot(&job).await.unwrap_err(),
        imports.wait(&job).await.unwrap_err(),
        imports.rows(&job).next().await.unwrap().unwrap_err(),
    ] {
        let error = error.clone();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let decode: &DecodeError = find(&error).expect("there is a decoding error");
        assert_eq!(decode.path(), "total");
    }
}

/// Text that would break a line of a log, or show something else than it says.
const HARMFUL: &str =
    "one\ntwo\r\u{85}\u{1b}[31mred\0\t\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{2029}end";

fn assert_one_line(error: &Error) {
    let is_harmful = |c: char| c.is_control() || (HARMFUL.contains(c) && !c.is_ascii());
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(is_harmful), "{text:?}");
    }
}

/// Returns the errors of every kind of call to a server that answers like this.
async fn refused(status: u16, content_type: &'static str, body: String) -> Vec<Error> {
    let server = tower::service_fn(move |_: Request<RequestBody>| {
        let response = http::Response::builder()
            .status(status)
            .header("content-type", content_type)
            .body(ResponseBody::from(body.clone()));
        std::future::ready(response)
    });
    let client = builder().retry(RetryPolicy::none()).http_service(server);
    let imports = client.build().unwrap().imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(1));
    vec![
        imports.get("j-1").await.unwrap_err(),
        submit.await.unwrap_err(),
        imports.wait("j-1").await.unwrap_err(),
        imports.rows("j-1").next().await.unwrap().unwrap_err(),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_message_is_one_line_whatever_the_server_says() {
    for body in [
        json!({"error": {"code": HARMFUL, "message": "m"}}),
        json!({"error": {"code": "c", "message": HARMFUL}}),
        json!({"error": {"code": "c", "message": "m", "request_id": HARMFUL}}),
        json!({"error": {"code": "c", "errors": [{"field": HARMFUL, "code": "c"}]}}),
        json!({"error": {"code": "c", "errors": [{"field": "f", "code": HARMFUL}]}}),
        json!({"message": HARMFUL}),
        json!({"error": HARMFUL}),
    ] {
        for error in refused(400, "application/json", body.to_string()).await {
            assert_one_line(&error);
            let text = error.to_string();
            assert!(text.contains(r"one\ntwo\r\u{85}\u{1b}[31mred"), "{text}");
        }
    }
    for (status, content_type, body) in [
        (200, "text/plain", HARMFUL.to_owned()),
        (200, "application/json", HARMFUL.to_owned()),
        (200, "application/json", json!({HARMFUL: {}}).to_string()),
        (400, "text/plain", HARMFUL.to_owned()),
        (502, "text/html", HARMFUL.to_owned()),
    ] {
        for error in refused(status, content_type, body).await {
            assert_one_line(&error);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_one_line_whatever_a_layer_says() {
    let fails = tower::service_fn(|_: Request<RequestBody>| {
        std::future::ready(Err::<http::Response<ResponseBody>, _>(BoxError::from(
            HARMFUL,
        )))
    });
    let client = builder().http_service(fails).build().unwrap();
    let error = client.imports().get("j-1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Layer);
    assert_one_line(&error);
    assert!(error.to_string().contains(r"one\ntwo"), "{error}");
}

#[test]
fn a_message_rounds_the_wait_that_the_server_asks_for() {
    for (milliseconds, expected) in [(2, "2ms"), (250, "250ms"), (1_600, "2s"), (90_000, "90s")] {
        let error = Error::new(ErrorKind::RateLimited, "get import");
        let error = error.with_retry_after(Duration::from_millis(milliseconds));
        let expected = format!("get import: rate limited (retry after {expected})");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn an_argument_that_is_converted_says_what_is_wrong_with_it() {
    let error = Error::from("".parse::<prism_imports::IdempotencyKey>().unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert_eq!(
        error.to_string(),
        "the idempotency key is invalid: it is empty"
    );
    assert!(error.as_config().is_some());
}
