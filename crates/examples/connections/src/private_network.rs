//! A certificate authority of your own, a client certificate, and a proxy.

use prism_imports::transport::{Error, HttpClient};

/// The HTTP client of a private network, for `ClientBuilder::http_service`.
///
/// The platform's root certificates are trusted too; `only_given_root_certificates` would leave them out.
///
/// # Errors
///
/// A certificate, key or proxy that cannot be used. The message names the setting, and never shows a key or a password.
pub fn http_client(
    roots: &[u8],
    chain: &[u8],
    key: &[u8],
    proxy: &str,
) -> Result<HttpClient, Error> {
    HttpClient::builder()
        .with_root_certificates_pem(roots)?
        .with_client_identity_pem(chain, key)?
        .with_proxy(proxy)
        .build()
}

#[cfg(test)]
mod tests {
    use prism_imports_tests::net::{
        Action,
        proxy::Proxy,
        tls::{Authority, TlsServer},
    };

    use super::http_client;
    use crate::testing::builder;

    #[tokio::test]
    async fn a_job_is_read_through_the_proxy_with_a_client_certificate() {
        let authority = Authority::new().unwrap();
        let tls = authority
            .server_config("prism.internal", &["http/1.1"], true)
            .unwrap();
        let job = r#"{"job_id":"j-1","status":"processing","total":3}"#;
        let server = TlsServer::start(tls, [Action::answer(200, job)])
            .await
            .unwrap();
        let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into())
            .await
            .unwrap();

        let identity = authority.sign("contacts").unwrap();
        let (chain, key) = (identity.chain.as_bytes(), identity.key.as_bytes());
        let proxy_url = format!("http://user:pass@{}", proxy.address());
        let http = http_client(authority.pem().as_bytes(), chain, key, &proxy_url).unwrap();
        let client = builder("https://prism.internal")
            .http_service(http)
            .build()
            .unwrap();
        assert_eq!(
            client
                .imports()
                .get("j-1")
                .await
                .unwrap()
                .progress()
                .total(),
            3
        );
        assert!(proxy.heads()[0].starts_with("CONNECT prism.internal:443 HTTP/1.1"));
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_an_error() {
        let error = http_client(b"no certificate", b"", b"", "http://proxy").unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}
