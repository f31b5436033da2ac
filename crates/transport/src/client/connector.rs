//! Makes connections: name, address, proxy, TLS, all within one time.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tower::ServiceExt;
#[cfg(feature = "proxy")]
use tower::service_fn;
use tower_service::Service;

use super::connection::Connection;
use super::proxy::Proxies;
use super::resolver::Resolver;
use super::tls::Configs;
use crate::Origin;
use crate::error::{BoxError, Error};

/// Connects to the origin of a URL, or to the proxy in front of it.
#[derive(Clone)]
pub(super) struct Connector(pub(super) Arc<Parts>);

pub(super) struct Parts {
    pub(super) tcp: HttpConnector<Resolver>,
    pub(super) timeout: Duration,
    pub(super) http2_only: bool,
    pub(super) proxies: Proxies,
    pub(super) tls: Configs,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Connection>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move {
            let timeout = parts.timeout;
            let connected = tokio::time::timeout(timeout, parts.connect(to)).await;
            let mut connection = connected.unwrap_or_else(|_| {
                let message = format!("no connection within {timeout:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, message).into())
            })?;
            connection.is_http2 |= parts.http2_only;
            Ok(TokioIo::new(connection))
        })
    }
}

impl Parts {
    async fn connect(&self, to: Uri) -> Result<Connection, BoxError> {
        let is_https = Origin::of(&to)?.is_secure();
        if is_https && cfg!(not(feature = "tls")) {
            let message = "https needs one of the features rustls-ring and rustls-aws-lc-rs";
            return Err(Error::config(message).into());
        }
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.intercept(&to) {
            let hop = self.tls.to_proxy(self.tcp.clone());
            if is_https {
                let proxy = proxy.clone();
                let tunnel =
                    service_fn(move |to| super::proxy::tunnel(proxy.clone(), hop.clone(), to));
                let tunnel = self.tls.to_origin(tunnel);
                return Ok(Connection::new(Box::new(tunnel.oneshot(to).await?)));
            }
            let io = hop.oneshot(proxy.uri().clone()).await?;
            let mut connection = Connection::new(Box::new(io));
            connection.is_forwarded = true;
            return Ok(connection);
        }
        let direct = self.tls.to_origin(self.tcp.clone());
        Ok(Connection::new(Box::new(direct.oneshot(to).await?)))
    }
}
