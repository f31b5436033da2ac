//! Answers with many headers.

use std::fmt::Write as _;

use prism_imports_tests::net::h2::{H2Action, H2Server};
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{Error, HttpClient, Kind};

use super::{client, get, send, stack};

/// Returns the number of `x-header-…` of an answer over HTTP/1.1 that has this many.
async fn over_http1(count: usize) -> Result<usize, Error> {
    let mut answer = String::from("HTTP/1.1 200 OK\r\n");
    for nth in 0..count {
        write!(answer, "x-header-{nth}: value {nth}\r\n").unwrap();
    }
    answer.push_str("content-length: 0\r\n\r\n");
    let server = FaultServer::start([Action::Reply(answer.into_bytes())])
        .await
        .unwrap();
    let response = send(&stack(client()), get(server.url("/"))).await?;
    Ok(response.headers().len() - 1)
}

/// As [`over_http1`].
async fn over_http2(count: usize) -> Result<usize, Error> {
    let server = H2Server::start([H2Action::Headers(count)]).await.unwrap();
    let client = HttpClient::builder().with_http2_only().build().unwrap();
    let response = send(&stack(client), get(server.url("/"))).await?;
    Ok(response.headers().len())
}

#[tokio::test]
async fn many_headers_are_read() {
    for count in [150, 900] {
        assert_eq!(over_http1(count).await.unwrap(), count);
        assert_eq!(over_http2(count).await.unwrap(), count);
    }
}

#[tokio::test]
async fn too_many_headers_are_a_final_error() {
    for error in [
        over_http1(1100).await.unwrap_err(),
        over_http2(9000).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.report().attempts),
            (Kind::Protocol, 1),
            "{error:?}"
        );
    }
}
