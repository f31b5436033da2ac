//! TLS: trusted roots and client certificates.

use http::StatusCode;
use prism_imports_tests::net::Action;
use prism_imports_tests::net::tls::{Authority, TlsServer};
use prism_imports_transport::{HttpClient, Kind, Phase};

use super::{body, get, report, send, stack};

fn url(server: &TlsServer, name: &str) -> http::Uri {
    format!("https://{name}:{}/", server.port())
        .parse()
        .unwrap()
}

fn client(roots: &str) -> HttpClient {
    HttpClient::builder()
        .without_proxy()
        .with_root_certificates_pem(roots.as_bytes())
        .unwrap()
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_extra_root_is_trusted() {
    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("localhost", &["http/1.1"], false)
        .unwrap();
    let server = TlsServer::start(config, [Action::answer(200, "secret")])
        .await
        .unwrap();
    for client in [
        client(&authority.pem()),
        HttpClient::builder()
            .without_proxy()
            .without_platform_roots()
            .with_root_certificates_pem(authority.pem().as_bytes())
            .unwrap()
            .build()
            .unwrap(),
    ] {
        let response = send(&stack(client), get(url(&server, "localhost")))
            .await
            .unwrap();
        assert_eq!(body(response).await, "secret");
    }
}

#[tokio::test]
async fn an_unknown_root_is_a_permanent_error() {
    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("localhost", &["http/1.1"], false)
        .unwrap();
    let server = TlsServer::start(config, [Action::answer(200, "secret")])
        .await
        .unwrap();
    let untrusting = client(&Authority::new().unwrap().pem());
    let error = send(&stack(untrusting), get(url(&server, "localhost")))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Certificate, Phase::NotSent)
    );
    assert_eq!(error.report().attempts, 1);
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn another_host_name_is_a_permanent_error() {
    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("elsewhere.example", &["http/1.1"], false)
        .unwrap();
    let server = TlsServer::start(config, [Action::answer(200, "secret")])
        .await
        .unwrap();
    let service = stack(client(&authority.pem()));
    let error = send(&service, get(url(&server, "localhost")))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.report().attempts),
        (Kind::Certificate, 1)
    );
}

#[tokio::test]
async fn a_client_certificate_is_sent_on_request() {
    let authority = Authority::new().unwrap();
    let identity = authority.sign("client.example").unwrap();
    let config = authority
        .server_config("localhost", &["http/1.1"], true)
        .unwrap();
    let server = TlsServer::start(config, [Action::answer(200, "known")])
        .await
        .unwrap();
    let known = HttpClient::builder()
        .without_proxy()
        .with_root_certificates_pem(authority.pem().as_bytes())
        .unwrap()
        .with_client_identity_pem(identity.chain.as_bytes(), identity.key.as_bytes())
        .unwrap()
        .build()
        .unwrap();
    let response = send(&stack(known), get(url(&server, "localhost")))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(report(&response).attempts, 1);
    let unknown = stack(client(&authority.pem()));
    assert!(
        send(&unknown, get(url(&server, "localhost")))
            .await
            .is_err()
    );
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn the_certificates_of_a_bundle_add_up() {
    let authority = Authority::new().unwrap();
    let config = authority
        .server_config("localhost", &["http/1.1"], false)
        .unwrap();
    let server = TlsServer::start(config, [Action::answer(200, "secret")])
        .await
        .unwrap();
    let other = Authority::new().unwrap().pem();
    // As files of Windows have it, with the text that OpenSSL writes in front.
    let bundle = format!("\u{feff}{other}\u{feff}# root\n{}", authority.pem());
    let bundle = bundle.replace('\n', "\r\n");
    let one = HttpClient::builder().with_root_certificates_pem(bundle.as_bytes());
    let two = HttpClient::builder()
        .with_root_certificates_pem(authority.pem().as_bytes())
        .and_then(|builder| builder.with_root_certificates_pem(other.as_bytes()));
    for client in [one, two] {
        let service = stack(client.unwrap().build().unwrap());
        let response = send(&service, get(url(&server, "localhost"))).await;
        assert_eq!(body(response.unwrap()).await, "secret");
    }
}

#[test]
fn invalid_pem_is_an_error_that_says_what_was_found() {
    let authority = Authority::new().unwrap();
    let identity = authority.sign("client.example").unwrap();
    for (pem, message) in [
        ("", "root certificates: no certificate: it is empty"),
        (
            "not pem",
            "root certificates: no certificate: it is not PEM",
        ),
        (
            &identity.key,
            "root certificates: no certificate: found PRIVATE KEY",
        ),
        (
            "-----BEGIN CERTIFICATE-----\n???",
            "root certificates: a block has no end",
        ),
    ] {
        let error = HttpClient::builder()
            .with_root_certificates_pem(pem.as_bytes())
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.to_string(), message);
    }
    let error = HttpClient::builder()
        .with_client_identity_pem(authority.pem().as_bytes(), b"")
        .unwrap_err();
    assert_eq!(error.to_string(), "client key: no private key: it is empty");
}
