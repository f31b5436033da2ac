//! HTTP/2: requests that the server did not process, and requests that it may have processed.

use http::StatusCode;
use prism_imports_tests::net::h2::{H2Action, H2Server};
use prism_imports_transport::{Error, HttpClient, HttpService, Kind, Phase, Replay, StackBuilder};

use super::{get, no_backoff, post, report, retry, send, stack};

fn service() -> HttpService {
    let client = HttpClient::builder()
        .without_proxy()
        .with_http2_only()
        .build();
    stack(client.unwrap())
}

async fn attempts(actions: &[H2Action], replay: Replay) -> Result<(StatusCode, u32, u32), Error> {
    let server = H2Server::start(actions.to_vec()).await.unwrap();
    let response = send(&service(), post(server.url("/"), replay)).await?;
    assert_eq!(response.version(), http::Version::HTTP_2);
    let report = report(&response);
    Ok((response.status(), report.attempts(), report.unanswered()))
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
    assert_eq!(error.attempts(), 1);
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
    assert_eq!((error.attempts(), server.requests()), (6, 6));
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let server = H2Server::start([H2Action::Answer(200, "two")])
        .await
        .unwrap();
    let service = StackBuilder::new().retry(retry(no_backoff())).build(
        HttpClient::builder()
            .without_proxy()
            .with_http2_only()
            .build()
            .unwrap(),
    );
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
