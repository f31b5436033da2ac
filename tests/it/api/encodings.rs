//! Bodies in encodings that no layer has undone.

use prism_imports::{Client, Error, ErrorKind, Imports, transport::HttpClient};
use prism_imports_tests::{
    net::{Action, FaultServer},
    server::{KEY, TEAM},
};

const JOB: &str =
    r#"{"job_id":"j-1","status":"processing","total":3,"processed":1,"succeeded":1,"failed":0}"#;

/// The beginnings of bodies: brotli, zstd, gzip, and text that is not UTF-8.
const BODIES: [&[u8]; 4] = [
    b"\x0b\x02\x80{secret}\x03",
    b"\x28\xb5\x2f\xfdsecret",
    b"\x1f\x8b\x08\x00secret",
    b"\xfe\xffsecret",
];

fn imports(server: &FaultServer) -> Imports {
    let client = Client::builder()
        .base_url(format!("http://{}", server.address()))
        .api_key(KEY)
        .team_id(TEAM)
        .http_client(HttpClient::builder().without_proxy());
    client.build().unwrap().imports()
}

async fn errors(headers: &[(&str, &str)], body: &[u8]) -> [Error; 2] {
    let server = FaultServer::start([Action::answer_with(200, headers, body)]).await;
    let server = server.unwrap();
    let imports = imports(&server);
    let get = imports.get("j-1").await.unwrap_err();
    let rows = imports.rows("j-1").next().await.unwrap().unwrap_err();
    assert_eq!(server.received().len(), 2, "one request for each");
    for error in [&get, &rows] {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    [get, rows]
}

#[tokio::test]
async fn an_encoding_that_was_not_undone_is_named() {
    for encoding in ["br", "zstd", "deflate", "gzip, br"] {
        for media in ["application/json", "text/html"] {
            for body in BODIES {
                let headers = [("content-encoding", encoding), ("content-type", media)];
                for error in errors(&headers, body).await {
                    let message = error.to_string();
                    let named = format!("content-encoding `{encoding}` is not understood");
                    assert!(message.contains(&named), "{message}");
                }
            }
        }
    }
}

#[tokio::test]
async fn bytes_that_are_not_text_are_not_shown() {
    for media in ["application/json", "application/octet-stream"] {
        for body in BODIES {
            errors(&[("content-type", media)], body).await;
        }
    }
}

#[tokio::test]
async fn a_wrong_name_of_an_encoding_does_no_harm() {
    for encoding in ["identity", "utf-8", ""] {
        let headers = [("content-encoding", encoding)];
        let actions = [Action::answer_with(200, &headers, JOB)];
        let server = FaultServer::start(actions).await.unwrap();
        imports(&server).get("j-1").await.unwrap();
    }
}
