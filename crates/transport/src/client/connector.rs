//! Makes connections: name, address, proxy, TLS, all within one time.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tower::util::ServiceExt;
use tower_service::Service;

use super::connection::Connection;
use super::proxy::{Proxies, Route};
use super::tls::Configs;
use crate::error::BoxError;

/// Connects to the origin of a URL, or to the proxy in front of it.
#[derive(Clone)]
pub(super) struct Connector {
    parts: Arc<Parts>,
}

pub(super) struct Parts {
    pub(super) tcp: HttpConnector,
    pub(super) timeout: Duration,
    pub(super) http2_only: bool,
    pub(super) proxies: Proxies,
    pub(super) tls: Configs,
}

impl Connector {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    /// Adds what a forwarding proxy wants to see in the request itself.
    pub(super) fn authorize<B>(&self, request: &mut http::Request<B>) {
        self.parts.proxies.authorize(request);
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Connection>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let parts = Arc::clone(&self.parts);
        Box::pin(async move {
            match tokio::time::timeout(parts.timeout, parts.connect(to)).await {
                Ok(connected) => Ok(TokioIo::new(connected?)),
                Err(_) => Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("no connection within {:?}", parts.timeout),
                )
                .into()),
            }
        })
    }
}

impl Parts {
    async fn connect(&self, to: Uri) -> Result<Connection, BoxError> {
        self.tls.check(&to)?;
        let mut connection = match self.proxies.route(&to) {
            Route::Direct => {
                let direct = self.tls.to_origin(self.tcp.clone());
                let io = direct.oneshot(to).await?;
                Connection::new(Box::new(io))
            }
            #[cfg(feature = "proxy")]
            Route::Forward(proxy) => {
                let hop = self.tls.to_proxy(self.tcp.clone());
                let io = hop.oneshot(proxy.uri().clone()).await?;
                let mut connection = Connection::new(Box::new(io));
                connection.is_forwarded = true;
                connection
            }
            #[cfg(feature = "proxy")]
            Route::Tunnel(proxy) => {
                let hop = self.tls.to_proxy(self.tcp.clone());
                let tunnel = self.tls.to_origin(super::proxy::tunnel(&proxy, hop));
                let io = tunnel.oneshot(to).await?;
                Connection::new(Box::new(io))
            }
            #[cfg(feature = "proxy")]
            Route::Unsupported(error) => return Err(error.into()),
        };
        connection.is_http2 |= self.http2_only;
        Ok(connection)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("timeout", &self.parts.timeout)
            .field("proxies", &self.parts.proxies)
            .finish_non_exhaustive()
    }
}
