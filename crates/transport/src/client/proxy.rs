//! Which proxy a connection goes through, if any: https through a tunnel, http by forwarding.

use std::sync::Arc;

use http::uri::Scheme;
use http::{Request, Uri};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::error::Error;

/// The proxies in use.
#[derive(Clone, Debug)]
pub(super) struct Proxies(Option<Arc<Matcher>>);

impl Proxies {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    pub(super) fn from_env() -> Self {
        let named = |variable| std::env::var_os(variable).is_some_and(|proxy| !proxy.is_empty());
        let any = VARIABLES.into_iter().any(named);
        Self(any.then(|| Arc::new(Matcher::from_env())))
    }

    pub(super) fn all(proxy: &str) -> Self {
        let matcher = Matcher::builder().all(proxy.to_owned()).build();
        Self(Some(Arc::new(matcher)))
    }

    /// Returns the proxy for a URL.
    pub(super) fn intercept(&self, to: &Uri) -> Result<Option<Intercept>, Error> {
        let Some(proxy) = self.0.as_ref().and_then(|matcher| matcher.intercept(to)) else {
            return Ok(None);
        };
        match proxy.uri().scheme_str() {
            Some("http" | "https") => Ok(Some(proxy)),
            _ => Err(Error::config("only http and https proxies are supported")),
        }
    }

    /// Adds the credentials that a forwarding proxy reads from the request itself.
    pub(super) fn authorize<B>(&self, request: &mut Request<B>) {
        if request.uri().scheme() != Some(&Scheme::HTTP) {
            return;
        }
        let proxy = self.intercept(request.uri()).ok().flatten();
        if let Some(mut auth) = proxy.and_then(|proxy| proxy.basic_auth().cloned()) {
            auth.set_sensitive(true);
            let headers = request.headers_mut();
            headers.insert(http::header::PROXY_AUTHORIZATION, auth);
        }
    }
}

pub(super) fn tunnel<C>(proxy: &Intercept, hop: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), hop);
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

/// The variables that name a proxy.
const VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];
