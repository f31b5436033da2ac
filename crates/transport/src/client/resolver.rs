//! Resolves host names: `localhost` and its subdomains to this machine, others by the system.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

use crate::origin;

/// The system's resolver, except for the names that count as loopback.
///
/// A key may be sent to those over plain http, so they must not be mapped to another machine by a hosts file or a name
/// server (RFC 6761, section 6.3).
#[derive(Clone, Debug)]
pub(super) struct Resolver(GaiResolver);

impl Resolver {
    pub(super) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if origin::is_loopback(&name.as_str().to_ascii_lowercase()) {
            // The connector sets the port.
            let addresses = [
                SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
            ];
            return Box::pin(async move { Ok(Vec::from(addresses).into_iter()) });
        }
        let addresses = self.0.call(name);
        Box::pin(async move { Ok(addresses.await?.collect::<Vec<_>>().into_iter()) })
    }
}
