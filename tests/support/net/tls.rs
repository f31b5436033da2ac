//! The fault server behind TLS, with a certificate authority made for one test.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use super::listener::Listener;
use super::{Act, Received, Stage};

/// An authority that no machine trusts.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate chain and its key in PEM.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Identity {
    /// The certificate.
    pub chain: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// Makes a fresh authority.
    ///
    /// # Errors
    ///
    /// When the key cannot be made.
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

    /// Signs a certificate for a name.
    ///
    /// # Errors
    ///
    /// When the key cannot be made.
    pub fn sign(&self, name: &str) -> Result<Identity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new(vec![name.to_owned()])?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity {
            chain: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// Makes the settings of a server with a name and these protocols.
    ///
    /// # Errors
    ///
    /// When the certificate cannot be made or used.
    pub fn server_config(
        &self,
        name: &str,
        protocols: &[&str],
        asks_for_certificate: bool,
    ) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
        let params = CertificateParams::new(vec![name.to_owned()])?;
        self.configure(&params, protocols, asks_for_certificate)
    }

    /// Makes the settings of a server whose certificate has expired long ago.
    ///
    /// # Errors
    ///
    /// When the certificate cannot be made or used.
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
        asks_for_certificate: bool,
    ) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = if asks_for_certificate {
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
    stage: Stage,
}

impl TlsServer {
    /// Listens on a free loopback port and plays `acts` in order, the last one for ever.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(
        config: ServerConfig,
        acts: impl IntoIterator<Item = Act>,
    ) -> io::Result<Self> {
        let stage = Stage::new(acts);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = Listener::start(stage.clone(), move |stage, number, socket| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(socket).await {
                    drop(stage.play(number, stream).await);
                }
            }
        });
        Ok(Self {
            listener: listener.await?,
            stage,
        })
    }

    /// Returns the port.
    pub const fn port(&self) -> u16 {
        self.listener.address().port()
    }

    /// Returns what was received so far, and what will be.
    pub const fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Returns every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.stage.received()
    }
}
