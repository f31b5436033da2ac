//! The settings of TLS: roots, client certificate, protocols.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier as Platform;

use super::pem;
use crate::error::Error;

/// The roots to trust, and the client's certificate.
#[derive(Clone, Default)]
pub(super) struct Trust {
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) only_these: bool,
    identity: Option<Arc<SingleCertAndKey>>,
}

impl Trust {
    pub(super) fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        let chain = pem::certificates(chain, "client certificate")?;
        let key = pem::private_key(key, "client key")?;
        let identity = CertifiedKey::from_der(chain, key, &provider()).map_err(rejected)?;
        self.identity = Some(Arc::new(identity.into()));
        Ok(())
    }

    pub(super) fn configs(self) -> Result<Configs, Error> {
        let provider = Arc::new(provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(rejected)?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier(provider)?);
        #[cfg(feature = "proxy")]
        let proxy = {
            // CONNECT is sent over HTTP/1.1, and our certificate is for the origin only.
            let mut proxy = builder.clone().with_no_client_auth();
            proxy.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(proxy)
        };
        let mut origin = match self.identity {
            Some(identity) => builder.with_client_cert_resolver(identity),
            None => builder.with_no_client_auth(),
        };
        origin.alpn_protocols = vec![
            #[cfg(feature = "http2")]
            b"h2".to_vec(),
            #[cfg(feature = "http1")]
            b"http/1.1".to_vec(),
        ];
        Ok(Configs {
            origin: Arc::new(origin),
            #[cfg(feature = "proxy")]
            proxy,
        })
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Verifier, Error> {
        if !self.only_these {
            return platform(&self.roots, provider);
        }
        let mut store = RootCertStore::empty();
        for root in &self.roots {
            store.add(root.clone()).map_err(rejected)?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
            .build()
            .map_err(|error| Error::config("no usable root certificate").with_source(error))?;
        Ok(verifier)
    }
}

type Verifier = Arc<dyn ServerCertVerifier>;

/// TLS towards origins and towards proxies.
pub(super) struct Configs {
    pub(super) origin: Arc<ClientConfig>,
    #[cfg(feature = "proxy")]
    pub(super) proxy: Arc<ClientConfig>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("extra_roots", &self.roots.len())
            .field("only_these", &self.only_these)
            .finish_non_exhaustive()
    }
}

/// The cryptography: aws-lc-rs if both are enabled. rustls' process-wide default is left to the application.
fn provider() -> CryptoProvider {
    #[cfg(feature = "rustls-aws-lc-rs")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "rustls-aws-lc-rs"))]
    return rustls::crypto::ring::default_provider();
}

/// Trusts the platform's roots, those of Mozilla if they are compiled in, and these.
///
/// Reading the machine's store takes a while and gives the same result every time: without roots of
/// its own, every client of a process shares one.
fn platform(
    roots: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, Error> {
    static SHARED: OnceLock<Arc<Platform>> = OnceLock::new();

    if let Some(shared) = SHARED.get().filter(|_| roots.is_empty()) {
        return Ok(Arc::clone(shared) as _);
    }
    let extra: Vec<_> = MOZILLA.iter().chain(roots).cloned().collect();
    let verifier = if extra.is_empty() {
        Platform::new(provider)
    } else {
        Platform::new_with_extra_roots(extra, provider)
    };
    let verifier = Arc::new(verifier.map_err(rejected)?);
    if roots.is_empty() {
        return Ok(Arc::clone(SHARED.get_or_init(|| verifier)) as _);
    }
    Ok(verifier)
}

fn rejected(error: rustls::Error) -> Error {
    Error::config("TLS settings not accepted").with_source(error)
}

/// Mozilla's roots.
#[cfg(feature = "webpki-roots")]
const MOZILLA: &[CertificateDer<'static>] = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
#[cfg(not(feature = "webpki-roots"))]
const MOZILLA: &[CertificateDer<'static>] = &[];

#[cfg(test)]
mod tests;
