//! A fault server that speaks TLS, with a certificate authority created for each test.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use super::listener::Listener;
use super::{Action, Received, ServerState};

/// A certificate authority that no machine trusts.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate chain and its private key, in PEM.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Identity {
    /// The certificate chain.
    pub chain: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// Creates an authority with a new key.
    ///
    /// # Errors
    ///
    /// Returns an error if the key cannot be generated.
    pub fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { issuer })
    }

    /// Returns the root certificate.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Signs a certificate for a host name.
    ///
    /// # Errors
    ///
    /// Returns an error if the key cannot be generated.
    pub fn sign(&self, name: &str) -> Result<Identity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec![name.to_owned()])?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity {
            chain: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// Creates the TLS configuration of a server with this host name and these ALPN protocols.
    ///
    /// # Errors
    ///
    /// Returns an error if the certificate cannot be created or used.
    pub fn server_config(
        &self,
        name: &str,
        protocols: &[&str],
        requests_client_certificate: bool,
    ) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
        let params = CertificateParams::new(vec![name.to_owned()])?;
        self.configure(&params, protocols, requests_client_certificate)
    }

    /// Creates the TLS configuration of a server whose certificate has expired.
    ///
    /// # Errors
    ///
    /// Returns an error if the certificate cannot be created or used.
    pub fn expired_config(
        &self,
        name: &str,
    ) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        self.configure(&params, &["http/1.1"], false)
    }

    fn configure(
        &self,
        params: &CertificateParams,
        protocols: &[&str],
        requests_client_certificate: bool,
    ) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = if requests_client_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone())?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build()?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Ok(config)
    }
}

/// A fault server that speaks TLS.
#[derive(Debug)]
pub struct TlsServer {
    listener: Listener,
    state: ServerState,
}

impl TlsServer {
    /// Listens on a free loopback port and performs `actions` in order. The last one repeats.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub async fn start(
        config: ServerConfig,
        actions: impl IntoIterator<Item = Action>,
    ) -> io::Result<Self> {
        let state = ServerState::new(actions);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = Listener::start(state.clone(), move |state, number, socket| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(socket).await {
                    drop(state.serve(number, stream).await);
                }
            }
        });
        Ok(Self {
            listener: listener.await?,
            state,
        })
    }

    /// Returns the port.
    pub const fn port(&self) -> u16 {
        self.listener.address().port()
    }

    /// Returns the state that the connections share.
    pub const fn state(&self) -> &ServerState {
        &self.state
    }

    /// Returns the requests received so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received()
    }
}
