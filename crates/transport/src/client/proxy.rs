//! Which proxy a connection goes through, if any.

use http::{Request, Uri};
#[cfg(feature = "proxy")]
use hyper_util::client::legacy::connect::proxy::Tunnel;
#[cfg(feature = "proxy")]
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

#[cfg(feature = "proxy")]
use crate::error::{Error, Kind, Phase};

/// The proxies in use.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    #[cfg(feature = "proxy")]
    matcher: Option<Matcher>,
}

/// How an origin is reached.
pub(super) enum Route {
    Direct,
    /// The proxy forwards requests for `http` URLs.
    #[cfg(feature = "proxy")]
    Forward(Intercept),
    /// The proxy opens a tunnel, through which TLS is spoken with the origin.
    #[cfg(feature = "proxy")]
    Tunnel(Intercept),
    #[cfg(feature = "proxy")]
    Unsupported(Error),
}

#[cfg(feature = "proxy")]
impl Proxies {
    pub(super) const fn none() -> Self {
        Self { matcher: None }
    }

    /// Reads the environment, once.
    pub(super) fn from_env() -> Self {
        let named = |variable| std::env::var_os(variable).is_some_and(|proxy| !proxy.is_empty());
        Self {
            matcher: VARIABLES.into_iter().any(named).then(Matcher::from_env),
        }
    }

    pub(super) fn all(proxy: &str) -> Self {
        Self {
            matcher: Some(Matcher::builder().all(proxy.to_owned()).build()),
        }
    }

    fn intercept(&self, to: &Uri) -> Option<Intercept> {
        self.matcher.as_ref()?.intercept(to)
    }

    pub(super) fn route(&self, to: &Uri) -> Route {
        let Some(proxy) = self.intercept(to) else {
            return Route::Direct;
        };
        match (proxy.uri().scheme_str(), to.scheme_str()) {
            (Some("http" | "https"), Some("https")) => Route::Tunnel(proxy),
            (Some("http" | "https"), _) => Route::Forward(proxy),
            (_, _) => Route::Unsupported(
                Error::new(Kind::Config, Phase::NotSent)
                    .with_message("only http and https proxies are supported"),
            ),
        }
    }

    pub(super) fn authorize<B>(&self, request: &mut Request<B>) {
        if request.uri().scheme_str() != Some("http") {
            return;
        }
        if let Some(auth) = self
            .intercept(request.uri())
            .as_ref()
            .and_then(Intercept::basic_auth)
        {
            let mut auth = auth.clone();
            auth.set_sensitive(true);
            request
                .headers_mut()
                .insert(http::header::PROXY_AUTHORIZATION, auth);
        }
    }
}

#[cfg(feature = "proxy")]
pub(super) fn tunnel<C>(proxy: &Intercept, hop: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), hop);
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

/// The variables that name a proxy.
#[cfg(feature = "proxy")]
const VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

#[cfg(not(feature = "proxy"))]
#[expect(clippy::unused_self, reason = "the build with proxies has some")]
impl Proxies {
    pub(super) const fn route(&self, _: &Uri) -> Route {
        Route::Direct
    }

    pub(super) const fn authorize<B>(&self, _: &mut Request<B>) {}
}
