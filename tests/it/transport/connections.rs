//! Connections that close, break or are reused.

use std::time::Duration;

use http::StatusCode;
use prism_imports_tests::net::{Act, FaultServer};
use prism_imports_transport::{Kind, Phase, Replay, RetryLayer, Stack, Stop};
use tokio::task::JoinSet;

use super::{at_once, client, get, post, report, send, stack};

const TIMES: usize = 20;

/// Calls at once.
const WAVE: usize = 64;

/// One answer, then for each call a reused connection that closes and a fresh one that answers.
fn closing() -> Vec<Act> {
    let mut acts = vec![Act::answer(200, "first")];
    for _ in 0..TIMES {
        acts.extend([Act::Close, Act::answer(200, "again")]);
    }
    acts
}

#[tokio::test]
async fn a_get_survives_a_keep_alive_closed_under_it_every_time() {
    let server = FaultServer::start(closing()).await.unwrap();
    let service = stack(client());
    send(&service, get(server.url("/"))).await.unwrap();
    for _ in 0..TIMES {
        let response = send(&service, get(server.url("/"))).await.unwrap();
        assert_eq!(response.body().as_bytes().unwrap(), "again");
        assert_eq!(report(&response).attempts(), 2);
    }
    assert_eq!(server.received().len(), 1 + 2 * TIMES);
    assert_eq!(server.connections(), 1 + TIMES);
}

#[tokio::test]
async fn the_replay_of_a_get_is_free() {
    // Three attempts where the policy allows two: the one under which the reused connection closed does not count.
    let acts = [
        Act::answer(200, "first"),
        Act::Close,
        Act::answer(503, "busy"),
        Act::answer(200, "done"),
    ];
    let server = FaultServer::start(acts).await.unwrap();
    let service = Stack::builder()
        .retry(RetryLayer::new(at_once().with_max_attempts(2)))
        .boxed(client());
    send(&service, get(server.url("/"))).await.unwrap();
    let response = send(&service, get(server.url("/"))).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(report(&response).attempts(), 3);
}

#[tokio::test]
async fn a_keyed_post_is_repeated_with_its_key_and_body() {
    let server = FaultServer::start(closing()).await.unwrap();
    let service = stack(client());
    send(&service, get(server.url("/"))).await.unwrap();
    for _ in 0..TIMES {
        let request = post(server.url("/"), Replay::Keyed);
        let response = send(&service, request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(report(&response).unanswered(), 1);
    }
    let received = server.received();
    assert_eq!(received.len(), 1 + 2 * TIMES);
    for post in received.iter().skip(1) {
        assert_eq!(post.header("idempotency-key"), Some("k-1"));
        assert_eq!(post.body, b"{\"rows\":[1,2,3]}");
    }
}

#[tokio::test]
async fn a_plain_post_is_never_doubled() {
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
        assert_eq!(error.stop(), Some(Stop::NotReplayable));
        assert_eq!(error.attempts(), 1);
        // Takes up a fresh connection, to be closed by the next round.
        send(&service, get(server.url("/"))).await.unwrap();
    }
    let posts = server.received();
    let posts = posts
        .iter()
        .filter(|request| request.head.starts_with("POST"));
    assert_eq!(posts.count(), TIMES);
}

#[tokio::test]
async fn a_reset_is_no_stale_connection_when_the_connection_is_fresh() {
    for act in [Act::Reset, Act::Close] {
        let server = FaultServer::start([act, Act::answer(200, "ok")])
            .await
            .unwrap();
        let service = Stack::builder()
            .retry(RetryLayer::new(at_once().with_max_attempts(1)))
            .boxed(client());
        let error = send(&service, get(server.url("/"))).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (Kind::Closed, Phase::MaybeSent)
        );

        let server = FaultServer::start([Act::Reset, Act::Close, Act::answer(200, "ok")])
            .await
            .unwrap();
        let response = send(&stack(client()), get(server.url("/"))).await.unwrap();
        assert_eq!(
            (report(&response).attempts(), report(&response).unanswered()),
            (3, 2)
        );
    }
}

#[tokio::test]
async fn a_partial_head_is_no_stale_connection() {
    // The connection is reused, but bytes of an answer had come: nothing is free, and two attempts are two.
    let torn = Act::ReplyAndClose(b"HTTP/1.1 200 O".to_vec());
    let acts = [
        Act::answer(200, "first"),
        torn.clone(),
        torn,
        Act::answer(200, "late"),
    ];
    let server = FaultServer::start(acts).await.unwrap();
    let service = Stack::builder()
        .retry(RetryLayer::new(at_once().with_max_attempts(2)))
        .boxed(client());
    send(&service, get(server.url("/"))).await.unwrap();
    let error = send(&service, get(server.url("/"))).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Closed, 2));
}

#[tokio::test]
async fn calls_that_come_in_waves_keep_their_connections() {
    let server = FaultServer::start(vec![Act::answer(200, "here"); 3 * WAVE])
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
        // What has answered is put back by a task of its own.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.received().len(), 3 * WAVE);
    assert_eq!(server.connections(), WAVE);
}

#[tokio::test]
async fn fifty_retries_need_one_connection() {
    // Of the larger ones, more is left over after the part that is kept than any buffer holds.
    for length in [100_000, 250_000] {
        let mut acts = vec![Act::answer(503, vec![b'e'; length]); 49];
        acts.push(Act::answer(200, "at last"));
        let server = FaultServer::start(acts).await.unwrap();
        let service = Stack::builder()
            .retry(RetryLayer::new(at_once().with_max_attempts(50)))
            .boxed(client());
        let response = send(&service, get(server.url("/"))).await.unwrap();
        assert_eq!(response.body().as_bytes().unwrap(), "at last");
        assert_eq!(report(&response).attempts(), 50);
        assert_eq!(server.connections(), 1);
    }
}
