//! Which proxy a connection goes through, if any: https through a tunnel, http by forwarding.
//!
//! hyper-util reads the address of a proxy and compares hosts with `NO_PROXY`. It takes a proxy that it cannot read for none,
//! and knows no ports in `NO_PROXY`; both are done here.

use std::ffi::OsString;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::uri::{Authority, Scheme};
use http::{Request, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Executor, Read, Write};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioExecutor;
use tower::util::ServiceExt;
use tower_service::Service;

use crate::Origin;
use crate::error::{BoxError, Error, Kind};

/// The proxies in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    http: Option<Intercept>,
    https: Option<Intercept>,
    direct: Arc<[Direct]>,
}

impl Proxies {
    /// Reads the variables of the environment through `lookup`. An empty variable counts as unset.
    pub(super) fn from_env(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        // In a CGI program, HTTP_PROXY is a header of the request.
        if lookup("REQUEST_METHOD").is_some() {
            return Ok(Self::default());
        }
        // The first that is not empty.
        let first = |names: &[&'static str]| {
            for &name in names {
                let value = lookup(name).unwrap_or_default();
                if !value.is_empty() {
                    let value = value.into_string().ok();
                    let value = value.ok_or_else(|| invalid(name, "it is not Unicode"))?;
                    return Ok(Some((name, value)));
                }
            }
            Ok(None)
        };
        let proxy = |names: &[&'static str]| match first(names)? {
            Some((name, url)) => parse(&url)
                .map(Some)
                .map_err(|reason| invalid(name, &reason)),
            None => Ok(None),
        };
        let direct = first(&["NO_PROXY", "no_proxy"])?;
        Ok(Self {
            http: proxy(&["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])?,
            https: proxy(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])?,
            direct: direct.map_or_else(Arc::default, |(_, list)| Direct::list(&list)),
        })
    }

    /// Uses one proxy for all hosts.
    pub(super) fn all(proxy: &str) -> Result<Self, String> {
        let proxy = parse(proxy)?;
        Ok(Self {
            http: Some(proxy.clone()),
            https: Some(proxy),
            direct: Arc::default(),
        })
    }

    /// Returns the proxy for a URL. This machine is reached without one.
    pub(super) fn intercept(&self, to: &Uri) -> Option<&Intercept> {
        let origin = Origin::of(to).ok().filter(|origin| !origin.is_loopback())?;
        let proxy = if origin.is_secure() {
            &self.https
        } else {
            &self.http
        };
        let is_direct = || {
            self.direct
                .iter()
                .any(|direct| direct.matches(to, origin.port))
        };
        proxy.as_ref().filter(|_| !is_direct())
    }

    /// Adds the credentials that a forwarding proxy reads from the request itself.
    pub(super) fn authorize<B>(&self, request: &mut Request<B>) {
        let is_http = request.uri().scheme() == Some(&Scheme::HTTP);
        let proxy = self.intercept(request.uri()).filter(|_| is_http);
        if let Some(mut auth) = proxy.and_then(|proxy| proxy.basic_auth().cloned()) {
            auth.set_sensitive(true);
            request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
        }
    }
}

/// One entry of `NO_PROXY`: a host, a domain with its subdomains, an address or a network, and a port if it names one.
#[derive(Debug)]
struct Direct {
    hosts: Matcher,
    port: Option<u16>,
}

impl Direct {
    /// Reads entries between commas and blanks.
    fn list(list: &str) -> Arc<[Self]> {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        entries
            .filter(|entry| !entry.is_empty())
            .map(Self::new)
            .collect()
    }

    fn new(entry: &str) -> Self {
        let (host, port) = match entry.rsplit_once(':') {
            // Other colons are part of an IPv6 address.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
            _ => (entry, ""),
        };
        let (host, port) = match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        };
        let host = match host {
            // The matcher takes `*` for names only.
            "*" => "*,0.0.0.0/0,::/0",
            // The matcher takes `.domain` for the domain and its subdomains.
            _ => host.strip_prefix('*').unwrap_or(host),
        };
        let hosts = host.replace(['[', ']'], "");
        // The proxy itself does not matter: a host in the list has none.
        let hosts = Matcher::builder().all("http://proxy").no(hosts).build();
        Self { hosts, port }
    }

    fn matches(&self, to: &Uri, port: u16) -> bool {
        self.port.is_none_or(|named| named == port) && self.hosts.intercept(to).is_none()
    }
}

/// Reads the address of a proxy. The reason of a refusal does not show it: it may hold a password.
fn parse(url: &str) -> Result<Intercept, String> {
    let Ok(uri) = url.parse::<Uri>() else {
        return Err(NO_PROXY_URL.to_owned());
    };
    if let Some(scheme @ ("socks4" | "socks4a" | "socks5" | "socks5h")) = uri.scheme_str() {
        return Err(format!(
            "{scheme} is not supported, only http and https are"
        ));
    }
    // Of a user or password that is not encoded, a part would be taken for the host.
    let ats = url.matches('@').count();
    let authority = uri.authority().map(Authority::as_str);
    let in_user = authority.is_some_and(|host| host.contains('@'));
    if ats > usize::from(in_user) || url.contains('#') {
        return Err("`@`, `#`, `/` and `?` in a user or password must be percent-encoded".into());
    }
    // A user or password with another `%` would be sent as it is written, or not at all.
    let is_encoded = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !url.split('%').skip(1).all(is_encoded) {
        return Err("`%` in a user or password must be percent-encoded".into());
    }
    let any = Uri::from_static("https://any.example");
    let proxy = Matcher::builder().all(url.to_owned()).build();
    let proxy = proxy.intercept(&any).ok_or(NO_PROXY_URL)?;
    Origin::of(proxy.uri()).map_err(|error| error.to_string())?;
    Ok(proxy)
}

fn invalid(variable: &str, reason: &str) -> Error {
    let message = format!("the environment variable {variable} is not a proxy: {reason}");
    Error::config(message)
}

/// Connects to an https origin through a proxy.
///
/// hyper-util's `Tunnel` has one error for all statuses. Here a status from 500 on may be temporary, and any other is final.
pub(super) async fn tunnel<C>(proxy: Intercept, hop: C, to: Uri) -> Result<C::Response, BoxError>
where
    C: Service<Uri, Error: Into<BoxError>>,
    C::Response: Read + Write + Send + Unpin + 'static,
{
    let io = hop.oneshot(proxy.uri().clone()).await.map_err(Into::into)?;
    let (mut sender, connection) = http1::handshake(io).await?;
    TokioExecutor::new().execute(async move {
        // The request gets its error.
        drop(connection.with_upgrades().await);
    });
    let host = to.host().unwrap_or_default();
    let authority = format!("{host}:{}", to.port_u16().unwrap_or(443));
    let mut request = Request::connect(&authority).body(Empty::<Bytes>::new())?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(authority)?);
    if let Some(auth) = proxy.basic_auth() {
        headers.insert(PROXY_AUTHORIZATION, auth.clone());
    }
    let response = sender.send_request(request).await?;
    let status = response.status();
    if !status.is_success() {
        let kind = if status.is_server_error() {
            Kind::Connect
        } else {
            Kind::Config
        };
        let message = format!("the proxy answered {} to CONNECT", status.as_u16());
        return Err(Error::refused(kind, message).into());
    }
    let upgraded = hyper::upgrade::on(response).await?;
    match upgraded.downcast::<C::Response>() {
        Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io),
        // A TLS server never writes first.
        Ok(_) | Err(_) => Err("the proxy sent more than its answer to CONNECT".into()),
    }
}

const NO_PROXY_URL: &str = "it is not a URL such as `http://host:8080`";

#[cfg(test)]
mod tests;
