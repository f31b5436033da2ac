//! Connections that are closed, broken or reused.

use http::StatusCode;
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{Kind, Phase, Replay, StackBuilder, Stop};
use tokio::task::JoinSet;

use super::{body, client, get, no_backoff, post, report, retry, send, stack};

const TIMES: usize = 20;

/// The number of concurrent calls.
const WAVE: usize = 64;

/// One answer, then for each call a reused connection that is closed and a new one that answers.
fn closing() -> Vec<Action> {
    let mut actions = vec![Action::answer(200, "first")];
    for _ in 0..TIMES {
        actions.extend([Action::Close, Action::answer(200, "again")]);
    }
    actions
}

#[tokio::test]
async fn a_get_survives_kept_alive_connections_that_are_closed() {
    let server = FaultServer::start(closing()).await.unwrap();
    let service = stack(client());
    send(&service, get(server.url("/"))).await.unwrap();
    for _ in 0..TIMES {
        let response = send(&service, get(server.url("/"))).await.unwrap();
        assert_eq!(report(&response).attempts, 2);
        assert_eq!(body(response).await, "again");
    }
    assert_eq!(server.received().len(), 1 + 2 * TIMES);
    assert_eq!(server.connections(), 1 + TIMES);
}

#[tokio::test]
async fn the_replay_of_a_get_does_not_count_as_an_attempt() {
    // Three attempts although the policy allows two: the one on the closed connection does not count.
    let actions = [
        Action::answer(200, "first"),
        Action::Close,
        Action::answer(503, "busy"),
        Action::answer(200, "done"),
    ];
    let server = FaultServer::start(actions).await.unwrap();
    let service = StackBuilder::new()
        .retry(retry(no_backoff().with_max_attempts(2)))
        .build(client());
    send(&service, get(server.url("/"))).await.unwrap();
    let response = send(&service, get(server.url("/"))).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(report(&response).attempts, 3);
}

#[tokio::test]
async fn a_keyed_post_is_retried_with_its_key_and_body() {
    let server = FaultServer::start(closing()).await.unwrap();
    let service = stack(client());
    send(&service, get(server.url("/"))).await.unwrap();
    for _ in 0..TIMES {
        let request = post(server.url("/"), Replay::Keyed);
        let response = send(&service, request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(report(&response).unanswered, 1);
    }
    let received = server.received();
    assert_eq!(received.len(), 1 + 2 * TIMES);
    for post in received.iter().skip(1) {
        assert_eq!(post.header("idempotency-key"), Some("k-1"));
        assert_eq!(post.body, b"{\"rows\":[1,2,3]}");
    }
}

#[tokio::test]
async fn an_unkeyed_post_is_not_retried() {
    let server = FaultServer::start(closing()).await.unwrap();
    let service = stack(client());
    send(&service, get(server.url("/"))).await.unwrap();
    for _ in 0..TIMES {
        let request = post(server.url("/"), Replay::Never);
        let error = send(&service, request).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (Kind::Closed, Phase::MaybeSent)
        );
        assert_eq!(error.report().stop, Some(Stop::NotReplayable));
        assert_eq!(error.report().attempts, 1);
        // Opens a new connection, which the next round closes.
        send(&service, get(server.url("/"))).await.unwrap();
    }
    let posts = server.received();
    let posts = posts
        .iter()
        .filter(|request| request.head.starts_with("POST"));
    assert_eq!(posts.count(), TIMES);
}

#[tokio::test]
async fn a_reset_of_a_new_connection_counts_as_an_attempt() {
    for action in [Action::Reset, Action::Close] {
        let server = FaultServer::start([action, Action::answer(200, "ok")])
            .await
            .unwrap();
        let service = StackBuilder::new()
            .retry(retry(no_backoff().with_max_attempts(1)))
            .build(client());
        let error = send(&service, get(server.url("/"))).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (Kind::Closed, Phase::MaybeSent)
        );

        let server = FaultServer::start([Action::Reset, Action::Close, Action::answer(200, "ok")])
            .await
            .unwrap();
        let response = send(&stack(client()), get(server.url("/"))).await.unwrap();
        assert_eq!(
            (report(&response).attempts, report(&response).unanswered),
            (3, 2)
        );
    }
}

#[tokio::test]
async fn a_partial_head_counts_as_an_attempt() {
    // The connection is reused, but part of an answer arrived, so both attempts count.
    let partial = Action::ReplyAndClose(b"HTTP/1.1 200 O".to_vec());
    let actions = [
        Action::answer(200, "first"),
        partial.clone(),
        partial,
        Action::answer(200, "late"),
    ];
    let server = FaultServer::start(actions).await.unwrap();
    let service = StackBuilder::new()
        .retry(retry(no_backoff().with_max_attempts(2)))
        .build(client());
    send(&service, get(server.url("/"))).await.unwrap();
    let error = send(&service, get(server.url("/"))).await.unwrap_err();
    assert_eq!((error.kind(), error.report().attempts), (Kind::Closed, 2));
}

#[tokio::test]
async fn waves_of_calls_reuse_their_connections() {
    let server = FaultServer::start(vec![Action::answer(200, "ok"); 3 * WAVE])
        .await
        .unwrap();
    let service = stack(client());
    for _ in 0..3 {
        let mut calls = JoinSet::new();
        for _ in 0..WAVE {
            let (service, request) = (service.clone(), get(server.url("/")));
            calls.spawn(async move { send(&service, request).await.unwrap() });
        }
        calls.join_all().await;
        // Separate tasks of this thread return the connections to the pool. They wait for no socket.
        for _ in 0..10 * WAVE {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.received().len(), 3 * WAVE);
    assert_eq!(server.connections(), WAVE);
}

#[tokio::test]
async fn fifty_retries_use_one_connection() {
    // The larger bodies exceed the part that is kept and all buffers.
    for length in [100_000, 250_000] {
        let mut actions = vec![Action::answer(503, vec![b'e'; length]); 49];
        actions.push(Action::answer(200, "at last"));
        let server = FaultServer::start(actions).await.unwrap();
        let service = StackBuilder::new()
            .retry(retry(no_backoff().with_max_attempts(50)))
            .build(client());
        let response = send(&service, get(server.url("/"))).await.unwrap();
        assert_eq!(report(&response).attempts, 50);
        assert_eq!(body(response).await, "at last");
        assert_eq!(server.connections(), 1);
    }
}
