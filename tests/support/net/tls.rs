//! The fault server behind TLS, with a certificate authority made for one test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use super::fault::{Act, Peer, Received, Stage};

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
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &self.issuer)?;
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
    address: SocketAddr,
    stage: Stage,
    listening: JoinHandle<()>,
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
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let stage = Stage::new(acts);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listening = tokio::spawn({
            let stage = stage.clone();
            async move {
                let mut connections = tokio::task::JoinSet::new();
                for number in 0.. {
                    let Ok((socket, _)) = listener.accept().await else {
                        break;
                    };
                    let (stage, acceptor) = (stage.clone(), acceptor.clone());
                    connections.spawn(async move {
                        if let Ok(stream) = acceptor.accept(socket).await {
                            drop(stage.play(number, stream).await);
                        }
                    });
                }
            }
        });
        Ok(Self {
            address,
            stage,
            listening,
        })
    }

    /// Returns the port.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.stage.received()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Peer for TlsStream<TcpStream> {
    fn abort(self) {
        drop(self.into_inner().0.set_zero_linger());
    }
}
