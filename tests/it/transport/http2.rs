//! HTTP/2: requests that the server did not process, and requests that it may have processed.

use std::time::Duration;

use http::{StatusCode, Uri};
use prism_imports_tests::net::h2::{H2Action, H2Server, MAX_STREAMS};
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{
    AttemptLayer, Error, HttpClient, HttpService, Kind, Phase, Replay, ResponseBody, StackBuilder,
    Streamed,
};
use tokio::runtime::{Builder, Runtime};

use super::{body, client, get, no_backoff, post, report, retry, send, stack};

/// More than the window of a stream.
static LARGE: [u8; 2_900_000] = [b'x'; 2_900_000];

fn large() -> H2Action {
    H2Action::Answer(200, std::str::from_utf8(&LARGE).unwrap())
}

fn http2() -> HttpClient {
    let client = HttpClient::builder().without_proxy().with_http2_only();
    client.build().unwrap()
}

/// A stack whose attempts end soon. Pings, which would end a dead connection too, come later.
fn impatient(client: HttpClient) -> HttpService {
    let attempt = AttemptLayer::default()
        .with_timeout(PATIENCE)
        .with_idle_timeout(PATIENCE);
    let retry = retry(no_backoff());
    StackBuilder::new()
        .retry(retry)
        .attempt(attempt)
        .build(client)
}

/// Requests a stream, and reads the first piece of it.
async fn parked(service: &HttpService, uri: Uri) -> ResponseBody {
    let mut request = get(uri);
    request.extensions_mut().insert(Streamed);
    let mut body = send(service, request).await.unwrap().into_body();
    assert!(body.data().await.unwrap().is_some());
    body
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

const PATIENCE: Duration = Duration::from_secs(1);

fn service() -> HttpService {
    stack(http2())
}

async fn attempts(actions: &[H2Action], replay: Replay) -> Result<(StatusCode, u32, u32), Error> {
    let server = H2Server::start(actions.to_vec()).await.unwrap();
    let response = send(&service(), post(server.url("/"), replay)).await?;
    assert_eq!(response.version(), http::Version::HTTP_2);
    let report = report(&response);
    Ok((response.status(), report.attempts, report.unanswered))
}

#[tokio::test]
async fn a_refused_stream_is_always_retried() {
    for replay in [Replay::Safe, Replay::Keyed, Replay::Never] {
        let result = attempts(&[H2Action::Refuse, H2Action::Answer(200, "two")], replay).await;
        assert_eq!(result.unwrap(), (StatusCode::OK, 2, 0), "{replay:?}");
    }
}

#[tokio::test]
async fn a_goaway_below_the_stream_is_always_retried() {
    for replay in [Replay::Safe, Replay::Keyed, Replay::Never] {
        let result = attempts(&[H2Action::GoAway, H2Action::Answer(200, "two")], replay).await;
        assert_eq!(result.unwrap(), (StatusCode::OK, 2, 0), "{replay:?}");
    }
}

#[tokio::test]
async fn other_resets_may_have_been_processed() {
    let actions = [H2Action::Cancel, H2Action::Answer(200, "two")];
    let error = attempts(&actions, Replay::Never).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Closed, Phase::MaybeSent)
    );
    assert_eq!(error.report().attempts, 1);
    let result = attempts(&actions, Replay::Keyed).await;
    assert_eq!(result.unwrap(), (StatusCode::OK, 2, 1));
}

#[tokio::test]
async fn retries_of_refused_streams_are_limited() {
    let server = H2Server::start([H2Action::Refuse]).await.unwrap();
    let error = send(&service(), get(server.url("/"))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Closed, Phase::NotSent)
    );
    // Three that do not count, then three that do.
    assert_eq!((error.report().attempts, server.requests()), (6, 6));
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let server = H2Server::start([H2Action::Answer(200, "two")])
        .await
        .unwrap();
    let service = service();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (service, request) = (service.clone(), get(server.url("/")));
            tokio::spawn(async move { send(&service, request).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(server.requests(), 50);
}

#[tokio::test]
async fn streams_that_are_not_read_hold_up_no_request() {
    let mut actions = vec![large(); 50];
    actions.push(H2Action::Answer(200, "small"));
    let server = H2Server::start(actions).await.unwrap();
    let service = service();
    let mut streams = Vec::new();
    for _ in 0..50 {
        streams.push(parked(&service, server.url("/rows")).await);
    }
    let small = send(&service, get(server.url("/"))).await.unwrap();
    assert_eq!(report(&small).attempts, 1);
    assert_eq!(body(small).await, "small");
    assert_eq!(server.state().connections(), 1);
    for mut stream in streams {
        while stream.data().await.unwrap().is_some() {}
    }
}

#[tokio::test]
async fn a_request_beyond_the_streams_of_a_connection_is_sent_on_another() {
    let streams = usize::try_from(MAX_STREAMS).unwrap();
    let mut actions = vec![large(); streams];
    actions.push(H2Action::Answer(200, "small"));
    let server = H2Server::start(actions).await.unwrap();
    let service = impatient(http2());
    let mut parked_streams = Vec::new();
    for _ in 0..streams {
        parked_streams.push(parked(&service, server.url("/rows")).await);
    }
    let small = send(&service, get(server.url("/"))).await.unwrap();
    assert_eq!(body(small).await, "small");
    assert!(server.state().connections() > 1);
}

#[tokio::test]
async fn a_silent_connection_is_not_used_for_the_retry() {
    let stall = H2Action::Stall(200, "half");
    for fault in [H2Action::Silence, stall] {
        let ok = H2Action::Answer(200, "whole");
        let server = H2Server::start([ok, fault, ok]).await.unwrap();
        let service = impatient(http2());
        send(&service, get(server.url("/"))).await.unwrap();
        let response = send(&service, post(server.url("/"), Replay::Keyed)).await;
        assert_eq!(body(response.unwrap()).await, "whole", "{fault:?}");
        assert!(server.state().connections() > 1);
    }
}

#[tokio::test]
async fn a_silent_connection_is_not_used_for_the_next_call() {
    let ok = H2Action::Answer(200, "ok");
    let server = H2Server::start([ok, H2Action::Silence, ok]).await.unwrap();
    let service = impatient(http2());
    send(&service, get(server.url("/"))).await.unwrap();
    let lost = send(&service, post(server.url("/"), Replay::Never)).await;
    assert_eq!(lost.unwrap_err().phase(), Phase::MaybeSent);
    let next = send(&service, post(server.url("/"), Replay::Never)).await;
    assert_eq!(next.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_timeout_ends_no_other_stream_of_its_connection() {
    let actions = [large(), H2Action::Hang, H2Action::Answer(200, "ok")];
    let server = H2Server::start(actions).await.unwrap();
    let service = impatient(http2());
    let mut stream = parked(&service, server.url("/rows")).await;
    send(&service, get(server.url("/"))).await.unwrap();
    while stream.data().await.unwrap().is_some() {}
}

#[tokio::test]
async fn a_stream_that_is_dropped_unread_leaves_its_connection_in_use() {
    let actions = [large(), H2Action::Answer(200, "ok")];
    let server = H2Server::start(actions).await.unwrap();
    let service = service();
    drop(parked(&service, server.url("/rows")).await);
    send(&service, get(server.url("/"))).await.unwrap();
    assert_eq!(server.state().connections(), 1);
}

#[test]
fn a_client_moves_to_another_runtime() {
    let servers = Runtime::new().unwrap();
    let ok = H2Action::Answer(200, "ok");
    let new = servers.block_on(H2Server::start([ok])).unwrap();
    let actions = [Action::answer(200, "ok")];
    let old = servers.block_on(FaultServer::start(actions)).unwrap();
    for (url, client) in [(new.url("/"), http2()), (old.url("/"), client())] {
        let service = impatient(client);
        let request = || async { send(&service, get(url.clone())).await.unwrap() };
        let (dropped, parked, last) = (current_thread(), current_thread(), current_thread());
        dropped.block_on(request());
        drop(dropped);
        parked.block_on(request());
        // The connection is open, and its task is not polled any more.
        last.block_on(request());
    }
}
