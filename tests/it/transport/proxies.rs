//! Proxies: a tunnel for https, forwarding for http.

use prism_imports_tests::net::proxy::Proxy;
use prism_imports_tests::net::tls::{Authority, TlsServer};
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{
    AuthLayer, Credentials, HttpClient, Kind, Origin, Phase, StackBuilder,
};

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
async fn this_machine_is_reached_without_the_proxy() {
    let server = FaultServer::start([Action::answer(200, "direct")])
        .await
        .unwrap();
    let proxy = Proxy::start(([127, 0, 0, 1], 9).into()).await.unwrap();
    let client = HttpClient::builder()
        .with_proxy(&format!("http://user:pass@{}", proxy.address()))
        .build()
        .unwrap();
    let port = server.address().port();
    for host in ["127.0.0.1", "localhost", "api.LocalHost"] {
        let uri: http::Uri = format!("http://{host}:{port}/").parse().unwrap();
        let service = StackBuilder::new()
            .auth(AuthLayer::new(
                Origin::of(&uri).unwrap(),
                Credentials::fixed("sesame"),
            ))
            .build(client.clone());
        let response = send(&service, get(uri)).await.unwrap();
        assert_eq!(body(response).await, "direct");
    }
    assert_eq!(proxy.heads(), [""; 0]);
    for request in server.received() {
        assert_eq!(request.header("x-api-key"), Some("sesame"));
        assert_eq!(request.header("proxy-authorization"), None);
    }
}

#[tokio::test]
async fn a_key_is_not_forwarded_over_plain_http() {
    let proxy = Proxy::start(([127, 0, 0, 1], 9).into()).await.unwrap();
    let client = HttpClient::builder()
        .with_proxy(&format!("http://{}", proxy.address()))
        .build()
        .unwrap();
    let uri: http::Uri = "http://plain.example/".parse().unwrap();
    let auth = AuthLayer::new(Origin::of(&uri).unwrap(), Credentials::fixed("sesame"));
    let service = StackBuilder::new().auth(auth).build(client);
    let error = send(&service, get(uri)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Origin);
    assert_eq!(proxy.heads(), [""; 0]);
}

#[test]
fn an_invalid_proxy_is_an_error_of_the_builder() {
    for proxy in [
        "",
        "http://proxy host:8080",
        "http://user:sesame@proxy:8080\n",
        "ftp://user:sesame@proxy",
        "socks5://user:sesame@proxy:9",
        "http://user:sesame@proxy:99999",
    ] {
        let builder = HttpClient::builder().with_proxy(proxy);
        assert!(!format!("{builder:?}").contains("sesame"));
        let error = builder.clone().build().unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("`with_proxy`"), "{shown}");
        assert!(!shown.contains("sesame"), "{shown}");
        let error = prism_imports::Client::builder()
            .api_key("a key")
            .http_client(builder)
            .build()
            .unwrap_err();
        assert!(error.to_string().contains("`with_proxy`"), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_a_tunnel_is_a_final_error() {
    for (status, kind, attempts) in [
        (407, Kind::Config, 1),
        (403, Kind::Config, 1),
        (404, Kind::Config, 1),
        (302, Kind::Config, 1),
        (500, Kind::Connect, 3),
        (502, Kind::Connect, 3),
        (503, Kind::Connect, 3),
    ] {
        let proxy = FaultServer::start([Action::answer(status, "sorry")])
            .await
            .unwrap();
        let client = HttpClient::builder()
            .with_proxy(&format!("http://user:sesame@{}", proxy.address()))
            .build()
            .unwrap();
        let uri = "https://api.example/".parse().unwrap();
        let error = send(&stack(client), get(uri)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase(), error.report().attempts),
            (kind, Phase::NotSent, attempts)
        );
        assert_eq!(proxy.received().len(), attempts as usize);
        let shown = format!("{error:?}");
        let expected = format!("the proxy answered {status} to CONNECT");
        assert!(shown.contains(&expected), "{shown}");
        assert!(!shown.contains("sesame"), "{shown}");
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_answer_a_tunnel_is_a_temporary_error() {
    for action in [
        Action::Close,
        Action::Reset,
        Action::ReplyAndClose(b"not HTTP".to_vec()),
    ] {
        let proxy = FaultServer::start([action]).await.unwrap();
        let client = HttpClient::builder()
            .with_proxy(&format!("http://{}", proxy.address()))
            .build()
            .unwrap();
        let uri = "https://api.example/".parse().unwrap();
        let error = send(&stack(client), get(uri)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase(), error.report().attempts),
            (Kind::Connect, Phase::NotSent, 3)
        );
    }
}
