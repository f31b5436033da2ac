//! Resolves host names: `localhost` and its subdomains to this machine, others by the system.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::vec;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower::service_fn;
use tower::util::{BoxCloneSyncService, ServiceExt};

use crate::origin;

/// The system's resolver, except for the names that count as loopback.
pub(super) type Resolver = BoxCloneSyncService<Name, vec::IntoIter<SocketAddr>, io::Error>;

pub(super) fn resolver() -> Resolver {
    Resolver::new(service_fn(resolve))
}

/// A key may be sent to loopback names over plain http, so they must not be mapped to another machine by a hosts file or a
/// name server (RFC 6761, section 6.3).
async fn resolve(name: Name) -> io::Result<vec::IntoIter<SocketAddr>> {
    if origin::is_loopback(&name.as_str().to_ascii_lowercase()) {
        // The connector sets the port.
        let addresses = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        return Ok(Vec::from(addresses).into_iter());
    }
    let addresses = GaiResolver::new().oneshot(name).await?;
    Ok(addresses.collect::<Vec<_>>().into_iter())
}
