//! Proxies: a tunnel for https, forwarding for http.

use prism_imports_tests::net::Action;
use prism_imports_tests::net::proxy::Proxy;
use prism_imports_tests::net::tls::{Authority, TlsServer};
use prism_imports_transport::{AuthLayer, Credentials, HttpClient, Kind, Origin, StackBuilder};

use super::{body, get, send, stack};

#[tokio::test]
async fn https_uses_a_tunnel_that_does_not_see_the_key() {
    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("api.example", &["http/1.1"], false)
        .unwrap();
    let server = TlsServer::start(config, [Action::answer(200, "ok")])
        .await
        .unwrap();
    let target = std::net::SocketAddr::from(([127, 0, 0, 1], server.port()));
    let proxy = Proxy::start(target).await.unwrap();
    let client = HttpClient::builder()
        .with_proxy(&format!("http://user:pass@{}", proxy.address()))
        .with_root_certificates_pem(authority.pem().as_bytes())
        .unwrap()
        .build()
        .unwrap();
    let uri: http::Uri = "https://api.example/v1".parse().unwrap();
    let service = StackBuilder::new()
        .auth(AuthLayer::new(
            Origin::of(&uri).unwrap(),
            Credentials::fixed("sesame"),
        ))
        .build(client);
    let response = send(&service, get(uri)).await.unwrap();
    assert_eq!(body(response).await, "ok");
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with("CONNECT api.example:443 HTTP/1.1\r\n"));
    let head = heads[0].to_ascii_lowercase();
    assert!(head.contains("proxy-authorization: basic dxnlcjpwyxnz"));
    assert!(!head.contains("sesame"));
    let received = server.received();
    assert_eq!(received[0].header("x-api-key"), Some("sesame"));
    assert_eq!(received[0].header("proxy-authorization"), None);
}

#[tokio::test]
async fn http_is_forwarded_with_the_full_url() {
    let proxy = Proxy::start(([127, 0, 0, 1], 9).into()).await.unwrap();
    let client = HttpClient::builder()
        .with_proxy(&format!("http://user:pass@{}", proxy.address()))
        .build()
        .unwrap();
    let uri = "http://plain.example/v1?a=b".parse().unwrap();
    let response = send(&stack(client), get(uri)).await.unwrap();
    assert_eq!(body(response).await, "by proxy");
    let heads = proxy.heads();
    assert!(
        heads[0].starts_with("GET http://plain.example/v1?a=b HTTP/1.1\r\n"),
        "{heads:?}"
    );
    let head = heads[0].to_ascii_lowercase();
    assert!(head.contains("proxy-authorization: basic dxnlcjpwyxnz"));
}

#[tokio::test]
async fn an_unsupported_proxy_scheme_is_an_error() {
    let client = HttpClient::builder()
        .with_proxy("socks5://127.0.0.1:9")
        .build()
        .unwrap();
    let uri = "https://api.example/".parse().unwrap();
    let error = send(&stack(client), get(uri)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Config, 1));
}
