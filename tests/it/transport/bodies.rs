//! Bodies that are truncated, stalled or too large.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{
    AttemptLayer, Error, HttpService, Kind, Phase, Replay, RetryLayer, RetryPolicy, Scope,
    StackBuilder, Streamed,
};

use super::{LONG, body, client, get, post, report, send, stack, times_out};

/// A stack without retries, whose timeouts no answer reaches.
fn strict() -> HttpService {
    strict_with(LONG, LONG)
}

fn strict_with(attempt: Duration, idle: Duration) -> HttpService {
    StackBuilder::new()
        .retry(RetryLayer::new(RetryPolicy::none()))
        .attempt(
            AttemptLayer::default()
                .with_timeout(attempt)
                .with_idle_timeout(idle)
                .with_max_body(1_000),
        )
        .build(client())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn fails(action: Action) -> Error {
    fails_in(&strict(), action).await
}

async fn fails_in(service: &HttpService, action: Action) -> Error {
    let server = FaultServer::start([action]).await.unwrap();
    send(service, get(server.url("/"))).await.unwrap_err()
}

fn cut(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nx-request-id: r-9\r\ncontent-length: 10\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn a_truncated_body_is_detected_and_requested_again() {
    let actions = [
        Action::ReplyAndClose(cut("half")),
        Action::Reply(cut("whole body")),
    ];
    let server = FaultServer::start(actions).await.unwrap();
    let response = send(&stack(client()), get(server.url("/"))).await.unwrap();
    assert_eq!(report(&response).attempts, 2);
    assert_eq!(body(response).await, "whole body");
}

#[tokio::test]
async fn a_truncated_answer_to_a_write_is_in_phase_answered() {
    let server = FaultServer::start([Action::ReplyAndClose(cut("half"))])
        .await
        .unwrap();
    let request = post(server.url("/"), Replay::Never);
    let error = send(&stack(client()), request).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::Body, Phase::Answered));
    assert_eq!(error.status(), Some(StatusCode::OK));
    assert_eq!(error.request_id(), Some("r-9"));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_chunked_body_without_an_end_is_truncated() {
    let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n".to_vec();
    assert_eq!(fails(Action::ReplyAndClose(bytes)).await.kind(), Kind::Body);
}

#[tokio::test]
async fn lengths_are_read_as_http_defines_them() {
    let heads = [
        "transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n5\r\nwhole\r\n0",
        "content-length: 9999999\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n0",
        "content-length: 5\r\ncontent-length: 5\r\n\r\nwhole",
        "content-length: 5, 5\r\n\r\nwhole",
    ];
    for head in heads {
        let end = if head.ends_with('0') { "\r\n\r\n" } else { "" };
        let bytes = format!("HTTP/1.1 200 OK\r\n{head}{end}").into_bytes();
        let server = FaultServer::start([Action::Reply(bytes)]).await.unwrap();
        let response = send(&stack(client()), get(server.url("/"))).await.unwrap();
        assert_eq!(body(response).await, "whole", "{head}");
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn lengths_that_differ_are_not_http() {
    for lengths in ["4\r\ncontent-length: 5", "4, 5", "-5"] {
        let bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {lengths}\r\n\r\nwhole");
        let server = FaultServer::start([Action::ReplyAndClose(bytes.into_bytes())]).await;
        let server = server.unwrap();
        let error = send(&stack(client()), get(server.url("/"))).await;
        assert_eq!(error.unwrap_err().kind(), Kind::Protocol, "{lengths}");
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn what_follows_gzip_is_ignored() {
    let answer = |tail: &[u8]| {
        let bytes = [&gzip(b"whole"), tail].concat();
        Action::answer_with(200, &[("content-encoding", "gzip")], bytes)
    };
    for tail in [&b"\0\0\0"[..], b"\r\n", b"<html>", b""] {
        let server = FaultServer::start([answer(tail)]).await.unwrap();
        let response = send(&stack(client()), get(server.url("/"))).await.unwrap();
        assert_eq!(body(response).await, "whole");
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn a_silent_server_times_out() {
    let server = FaultServer::start([Action::Hang]).await.unwrap();
    let service = strict_with(LONG, 2 * LONG);
    let error = times_out(&service, &server, get(server.url("/"))).await;
    assert_eq!(error.kind(), Kind::Timeout(Scope::Attempt));
    assert_eq!(error.phase(), Phase::MaybeSent);
}

#[tokio::test]
async fn a_stalled_body_times_out() {
    let service = strict_with(LONG, Duration::from_millis(100));
    let error = fails_in(&service, Action::ReplyAndHang(cut("half"))).await;
    assert_eq!(error.kind(), Kind::Timeout(Scope::Idle));
    assert_eq!(error.phase(), Phase::Answered);
}

#[tokio::test]
async fn a_trickling_body_does_not_outlast_the_attempt_timeout() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    let bytes = [&head[..], &[b'x'; 100]].concat();
    let service = strict_with(Duration::from_millis(300), LONG);
    let action = Action::Trickle(bytes, Duration::from_millis(20));
    let error = fails_in(&service, action).await;
    assert_eq!(error.kind(), Kind::Timeout(Scope::Attempt));
}

#[tokio::test]
async fn a_body_over_the_cap_is_rejected_with_and_without_a_length() {
    let declared = fails(Action::answer(200, vec![b'x'; 1_001])).await;
    assert_eq!(declared.kind(), Kind::TooLarge);
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    chunked.extend(b"3e9\r\n");
    chunked.extend([b'x'; 1_001]);
    chunked.extend(b"\r\n0\r\n\r\n");
    assert_eq!(fails(Action::Reply(chunked)).await.kind(), Kind::TooLarge);
    // A declared length of an exabyte allocates nothing.
    let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_u64 << 60);
    assert_eq!(
        fails(Action::ReplyAndHang(huge.into_bytes())).await.kind(),
        Kind::TooLarge
    );
}

#[tokio::test]
async fn invalid_http_is_not_retried() {
    let server = FaultServer::start([Action::ReplyAndClose(
        b"220 mail.example ESMTP\r\n".to_vec(),
    )])
    .await
    .unwrap();
    let error = send(&stack(client()), get(server.url("/")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_truncated_stream_yields_its_data_and_an_error() {
    let server = FaultServer::start([Action::ReplyAndClose(cut("half"))])
        .await
        .unwrap();
    let mut request = get(server.url("/"));
    request.extensions_mut().insert(Streamed);
    let response = send(&strict(), request).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), "half");
    assert_eq!(
        Error::from_boxed(body.data().await.unwrap_err()).kind(),
        Kind::Body
    );
}

#[tokio::test]
async fn a_dropped_stream_does_not_affect_later_calls() {
    let actions = [
        Action::ReplyAndHang(cut("half")),
        Action::answer(200, "next"),
    ];
    let server = FaultServer::start(actions).await.unwrap();
    let service = stack(client());
    let mut request = get(server.url("/"));
    request.extensions_mut().insert(Streamed);
    let response = send(&service, request).await.unwrap();
    drop(response);
    let next = send(&service, get(server.url("/"))).await.unwrap();
    assert_eq!(body(next).await, "next");
}
