//! Makes connections: name, address, proxy, TLS, all within one time.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use std::vec;

use http::Uri;
#[cfg(feature = "tls")]
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioIo;
use tower::service_fn;
use tower::util::{BoxCloneSyncService, ServiceExt};

use super::connection::Connection;
#[cfg(feature = "proxy")]
use super::proxy::{Proxies, tunnel};
#[cfg(feature = "tls")]
use super::tls::Configs;
use crate::Origin;
use crate::error::{BoxError, Error};
use crate::origin;

/// Connects to the origin of a URL, or to the proxy in front of it.
pub(super) type Connector = BoxCloneSyncService<Uri, TokioIo<Connection>, BoxError>;

pub(super) struct Parts {
    pub(super) tcp: HttpConnector<Resolver>,
    pub(super) timeout: Duration,
    pub(super) http2_only: bool,
    #[cfg(feature = "proxy")]
    pub(super) proxies: Proxies,
    #[cfg(feature = "tls")]
    pub(super) tls: Configs,
}

impl Parts {
    pub(super) fn connector(self: Arc<Self>) -> Connector {
        Connector::new(service_fn(move |to| Arc::clone(&self).connect_in_time(to)))
    }

    async fn connect_in_time(self: Arc<Self>, to: Uri) -> Result<TokioIo<Connection>, BoxError> {
        let timeout = self.timeout;
        let connected = tokio::time::timeout(timeout, self.connect(to)).await;
        let mut connection = connected.unwrap_or_else(|_| {
            let message = format!("no connection within {timeout:?}");
            Err(io::Error::new(io::ErrorKind::TimedOut, message).into())
        })?;
        connection.is_http2 |= self.http2_only;
        Ok(TokioIo::new(connection))
    }

    async fn connect(&self, to: Uri) -> Result<Connection, BoxError> {
        let is_https = Origin::of(&to)?.is_secure();
        if is_https && cfg!(not(feature = "tls")) {
            let message = "https needs one of the features rustls-ring and rustls-aws-lc-rs";
            return Err(Error::config(message).into());
        }
        let hop = self.tcp.clone();
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxies.intercept(&to) {
            #[cfg(feature = "tls")]
            let hop = HttpsConnector::from((hop, Arc::clone(&self.tls.proxy)));
            if is_https {
                let proxy = proxy.clone();
                let hop = service_fn(move |to| tunnel(proxy.clone(), hop.clone(), to));
                #[cfg(feature = "tls")]
                let hop = HttpsConnector::from((hop, Arc::clone(&self.tls.origin)));
                return Ok(Connection::new(Box::new(hop.oneshot(to).await?)));
            }
            let io = hop.oneshot(proxy.uri().clone()).await?;
            let mut connection = Connection::new(Box::new(io));
            connection.is_forwarded = true;
            return Ok(connection);
        }
        #[cfg(feature = "tls")]
        let hop = HttpsConnector::from((hop, Arc::clone(&self.tls.origin)));
        Ok(Connection::new(Box::new(hop.oneshot(to).await?)))
    }
}

/// The system's resolver, except for the names that count as loopback.
pub(super) type Resolver = BoxCloneSyncService<Name, vec::IntoIter<SocketAddr>, io::Error>;

/// A key may be sent to loopback names over plain http, so they must not be mapped to another machine by a hosts file or a
/// name server (RFC 6761, section 6.3).
pub(super) async fn resolve(name: Name) -> io::Result<vec::IntoIter<SocketAddr>> {
    if origin::is_loopback(&name.as_str().to_ascii_lowercase()) {
        // The connector sets the port.
        let hosts = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            Ipv6Addr::LOCALHOST.into(),
        ];
        let addresses = hosts.map(|host| SocketAddr::new(host, 0));
        return Ok(Vec::from(addresses).into_iter());
    }
    let addresses = GaiResolver::new().oneshot(name).await?;
    Ok(addresses.collect::<Vec<_>>().into_iter())
}
