//! HTTP/2: requests that come back unlooked-at, and requests that do not.

use http::StatusCode;
use prism_imports_tests::net::h2::{H2Act, H2Server};
use prism_imports_transport::{
    Error, HttpClient, HttpService, Kind, Phase, Replay, RetryLayer, Stack,
};

use super::{at_once, get, post, report, send, stack};

fn service() -> HttpService {
    let client = HttpClient::builder()
        .without_proxy()
        .with_http2_only()
        .build();
    stack(client.unwrap())
}

async fn attempts(acts: &[H2Act], replay: Replay) -> Result<(StatusCode, u32, u32), Error> {
    let server = H2Server::start(acts.to_vec()).await.unwrap();
    let response = send(&service(), post(server.url("/"), replay)).await?;
    assert_eq!(response.version(), http::Version::HTTP_2);
    let report = report(&response);
    Ok((response.status(), report.attempts(), report.unanswered()))
}

#[tokio::test]
async fn a_refused_stream_is_sent_again_whatever_it_was() {
    for replay in [Replay::Safe, Replay::Keyed, Replay::Never] {
        let result = attempts(&[H2Act::Refuse, H2Act::Answer(200, "two")], replay).await;
        assert_eq!(result.unwrap(), (StatusCode::OK, 2, 0), "{replay:?}");
    }
}

#[tokio::test]
async fn a_goaway_below_our_stream_is_sent_again_whatever_it_was() {
    for replay in [Replay::Safe, Replay::Keyed, Replay::Never] {
        let result = attempts(&[H2Act::GoAway, H2Act::Answer(200, "two")], replay).await;
        assert_eq!(result.unwrap(), (StatusCode::OK, 2, 0), "{replay:?}");
    }
}

#[tokio::test]
async fn another_reset_may_have_been_acted_on() {
    let acts = [H2Act::Cancel, H2Act::Answer(200, "two")];
    let error = attempts(&acts, Replay::Never).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Closed, Phase::MaybeSent)
    );
    assert_eq!(error.attempts(), 1);
    let result = attempts(&acts, Replay::Keyed).await;
    assert_eq!(result.unwrap(), (StatusCode::OK, 2, 1));
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_not_asked_for_ever() {
    let server = H2Server::start([H2Act::Refuse]).await.unwrap();
    let error = send(&service(), get(server.url("/"))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Closed, Phase::NotSent)
    );
    // Three for nothing, three that count.
    assert_eq!((error.attempts(), server.requests()), (6, 6));
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let server = H2Server::start([H2Act::Answer(200, "two")]).await.unwrap();
    let service = Stack::builder().retry(RetryLayer::new(at_once())).boxed(
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
