//! The whole stack over a real socket.
#![cfg(feature = "http1")]

use http::{Request, StatusCode};
use prism_imports_transport::{
    AuthLayer, CallReport, Credentials, HttpClient, Origin, RequestBody, StackBuilder,
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
    assert_eq!(report.attempts(), 2);
    assert_eq!(response.into_body().collect().await.unwrap(), "ok");
    let heads = server.await.unwrap();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.contains("x-api-key: sesame")));
}
