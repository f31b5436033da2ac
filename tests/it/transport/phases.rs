//! The phase of a failed request, which determines whether a write may be retried.

use std::time::Duration;

use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{
    AttemptLayer, HttpClient, Kind, Phase, Replay, RetryLayer, RetryPolicy, Scope, StackBuilder,
};
use tokio::net::{TcpListener, TcpSocket};

use super::{LONG, client, get, post, send, stack, times_out};

#[tokio::test]
async fn a_refused_connection_sent_nothing_and_is_retried() {
    // Bound without listening, so that no other test listens on the port.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let uri = format!("http://{}/", socket.local_addr().unwrap());
    let request = post(uri.parse().unwrap(), Replay::Never);
    let error = send(&stack(client()), request).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Connect, Phase::NotSent)
    );
    assert_eq!(error.report().attempts, 3);
}

#[tokio::test]
async fn an_unknown_host_sent_nothing() {
    let uri = "http://no-such-host.invalid/".parse().unwrap();
    let error = send(&stack(client()), get(uri)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Connect, Phase::NotSent)
    );
}

#[tokio::test]
async fn an_attempt_timeout_while_connecting_sent_nothing() {
    // TCP is connected, but the server never answers the TLS handshake.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}/", silent.local_addr().unwrap().port());
    let service = StackBuilder::new()
        .retry(RetryLayer::new(RetryPolicy::none()))
        .attempt(AttemptLayer::default().with_timeout(Duration::from_millis(100)))
        .build(client());
    let request = post(uri.parse().unwrap(), Replay::Never);
    let error = send(&service, request).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout(Scope::Attempt));
    assert_eq!(error.phase(), Phase::NotSent);
    assert_eq!((error.report().attempts, error.report().unanswered), (1, 0));
}

#[tokio::test]
async fn a_connect_timeout_is_a_connect_error() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}/", silent.local_addr().unwrap().port());
    let client = HttpClient::builder()
        .without_proxy()
        .with_connect_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let error = send(&stack(client), get(uri.parse().unwrap()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Connect, Phase::NotSent)
    );
    assert_eq!(error.report().attempts, 3);
}

#[tokio::test]
async fn a_deadline_while_connecting_sent_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}/", silent.local_addr().unwrap().port());
    let service = StackBuilder::new()
        .timeout(Duration::from_millis(100))
        .build(client());
    let request = post(uri.parse().unwrap(), Replay::Never);
    let error = send(&service, request).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout(Scope::Call));
    assert_eq!(error.phase(), Phase::NotSent);
}

#[tokio::test]
async fn a_deadline_after_sending_may_have_sent() {
    let server = FaultServer::start([Action::Hang]).await.unwrap();
    let service = StackBuilder::new()
        .timeout(LONG)
        .attempt(AttemptLayer::default().with_timeout(2 * LONG))
        .build(client());
    let request = post(server.url("/"), Replay::Never);
    let error = times_out(&service, &server, request).await;
    assert_eq!(error.kind(), Kind::Timeout(Scope::Call));
    assert_eq!(error.phase(), Phase::MaybeSent);
    assert_eq!(error.report().unanswered, 1);
}

#[tokio::test]
async fn a_url_without_a_host_is_a_request_error() {
    let error = send(&stack(client()), get("/only/a/path".parse().unwrap()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Request, Phase::NotSent)
    );
    assert_eq!(error.report().attempts, 1);
}
