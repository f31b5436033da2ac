//! The whole stack over a real socket.
#![cfg(feature = "http1")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use http::{Request, StatusCode};
use prism_imports_transport::{
    AuthLayer, CallReport, Credentials, Error, HttpClient, Origin, RequestBody, RetryLayer,
    RetryPolicy, StackBuilder,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower_service::Service;

#[tokio::test]
async fn a_call_is_answered_after_a_503() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut heads = Vec::new();
        for answer in [
            "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 3\r\n\r\nno\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        ] {
            let mut buffer = vec![0; 4096];
            let read = socket.read(&mut buffer).await.unwrap();
            heads.push(String::from_utf8_lossy(&buffer[..read]).into_owned());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        heads
    });
    let uri: http::Uri = format!("http://{address}/v1/things").parse().unwrap();
    let mut service = StackBuilder::new()
        .auth(AuthLayer::new(
            Origin::of(&uri).unwrap(),
            Credentials::fixed("sesame"),
        ))
        .build(HttpClient::new().unwrap());
    let request = Request::get(uri).body(RequestBody::default()).unwrap();
    let response = service.call(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let report = CallReport::of(&response).unwrap();
    assert_eq!(report.attempts, 2);
    assert_eq!(response.into_body().collect().await.unwrap(), "ok");
    let heads = server.await.unwrap();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.contains("x-api-key: sesame")));
}

/// What a server does with one request.
enum Act {
    Answer,
    Close,
    /// Begins an answer, and closes.
    Tear,
}

/// Accepts connections and plays one act for each request that arrives on any of them.
async fn play(acts: Vec<Act>) -> http::Uri {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut acts = acts.into_iter();
        while let Ok((mut socket, _)) = listener.accept().await {
            loop {
                let mut buffer = vec![0; 4096];
                assert_ne!(socket.read(&mut buffer).await.unwrap(), 0, "early end");
                match acts.next().unwrap() {
                    Act::Answer => {
                        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                        socket.write_all(ok).await.unwrap();
                    }
                    Act::Close => break,
                    Act::Tear => {
                        socket.write_all(b"HTTP/1.1 200 O").await.unwrap();
                        break;
                    }
                }
            }
        }
    });
    uri.parse().unwrap()
}

/// Sends GETs one after the other, and returns the attempts of each, negative if it failed.
async fn attempts(uri: http::Uri, calls: usize, most: u32) -> Vec<i64> {
    let policy = RetryPolicy::none().with_max_attempts(most);
    let mut service = StackBuilder::new()
        .retry(RetryLayer::new(policy))
        .build(HttpClient::new().unwrap());
    let mut all = Vec::new();
    for _ in 0..calls {
        let request = Request::get(uri.clone());
        let request = request.body(RequestBody::default()).unwrap();
        all.push(match service.call(request).await {
            Ok(response) => {
                let attempts = CallReport::of(&response).unwrap().attempts;
                response.into_body().collect().await.unwrap();
                i64::from(attempts)
            }
            Err(error) => -i64::from(Error::from_boxed(error).report().attempts),
        });
    }
    all
}

#[tokio::test]
async fn a_read_on_a_connection_that_was_closed_as_idle_is_sent_again_for_free() {
    let uri = play(vec![Act::Answer, Act::Close, Act::Answer, Act::Answer]).await;
    assert_eq!(attempts(uri, 3, 2).await, [1, 2, 1]);
    // Both attempts of the policy are left after the free one.
    let acts = vec![Act::Answer, Act::Close, Act::Close, Act::Answer];
    assert_eq!(attempts(play(acts).await, 2, 2).await, [1, 3]);
}

#[tokio::test]
async fn a_fresh_connection_and_a_torn_head_are_not_free() {
    let fresh = vec![Act::Close, Act::Close];
    assert_eq!(attempts(play(fresh).await, 1, 2).await, [-2]);
    let torn = vec![Act::Answer, Act::Tear, Act::Tear];
    assert_eq!(attempts(play(torn).await, 2, 2).await, [1, -2]);
}

#[tokio::test]
async fn a_response_of_the_client_carries_no_extension_of_its_connection() {
    let uri = play(vec![Act::Answer]).await;
    let request = Request::get(uri).body(RequestBody::default()).unwrap();
    let response = HttpClient::new().unwrap().call(request).await.unwrap();
    assert!(response.extensions().is_empty());
}
