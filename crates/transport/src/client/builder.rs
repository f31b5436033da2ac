//! The settings of the client.

use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::HttpClient;
use super::connector::{Connector, Parts};
use super::proxy::Proxies;
#[cfg(feature = "tls")]
use super::tls::Trust;
use crate::error::Error;

/// The settings of an [`HttpClient`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use prism_imports_transport::HttpClient;
///
/// let client = HttpClient::builder()
///     .with_connect_timeout(Duration::from_secs(3))
///     .with_pool_max_idle(4)
///     .build()?;
/// # Ok::<(), prism_imports_transport::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    happy_eyeballs: Option<Duration>,
    tcp_keepalive: Option<Duration>,
    pool_idle_timeout: Duration,
    pool_max_idle: usize,
    #[cfg(feature = "http2")]
    http2: Http2,
    #[cfg(feature = "proxy")]
    proxy: Proxy,
    #[cfg(feature = "tls")]
    trust: Trust,
}

#[cfg(feature = "http2")]
#[derive(Clone, Copy, Debug)]
struct Http2 {
    only: bool,
    ping_every: Option<Duration>,
    ping_timeout: Duration,
}

#[cfg(feature = "proxy")]
#[derive(Clone, Debug)]
enum Proxy {
    Environment,
    None,
    All(Box<str>),
}

impl HttpClientBuilder {
    /// Sets how long a connection may take from the name to the end of the TLS handshake; 10 s by default.
    ///
    /// The addresses of a name share the time evenly, so that a dead one leaves time for the next.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the head start of the preferred address family (RFC 6555); 300 ms by default, `None` tries one
    /// family after the other.
    #[must_use]
    pub const fn with_happy_eyeballs(mut self, head_start: Option<Duration>) -> Self {
        self.happy_eyeballs = head_start;
        self
    }

    /// Sets after which silence the kernel probes a TCP connection; 60 s by default, `None` never does.
    #[must_use]
    pub const fn with_tcp_keepalive(mut self, silence: Option<Duration>) -> Self {
        self.tcp_keepalive = silence;
        self
    }

    /// Sets how long an unused connection is kept; 90 s by default.
    #[must_use]
    pub const fn with_pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// Sets how many unused connections are kept per host; by default as many as there were at once.
    ///
    /// With fewer than there are calls at once, connections are closed and opened all the time: between two
    /// waves of responses most of them are unused for an instant.
    #[must_use]
    pub const fn with_pool_max_idle(mut self, connections: usize) -> Self {
        self.pool_max_idle = connections;
        self
    }

    /// Speaks HTTP/2 without negotiation, also over plain http.
    #[cfg(feature = "http2")]
    #[must_use]
    pub const fn with_http2_only(mut self) -> Self {
        self.http2.only = true;
        self
    }

    /// Sets how often a busy HTTP/2 connection is pinged and how long the answer may take; 20 s and 10 s by default,
    /// `None` never pings.
    #[cfg(feature = "http2")]
    #[must_use]
    pub const fn with_http2_keep_alive(
        mut self,
        every: Option<Duration>,
        timeout: Duration,
    ) -> Self {
        self.http2.ping_every = every;
        self.http2.ping_timeout = timeout;
        self
    }

    /// Connects directly, whatever `HTTPS_PROXY` and its relatives say.
    #[cfg(feature = "proxy")]
    #[must_use]
    pub fn without_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Connects through this proxy in place of the environment's: `http://user:password@host:port`.
    #[cfg(feature = "proxy")]
    #[must_use]
    pub fn with_proxy(mut self, proxy: &str) -> Self {
        self.proxy = Proxy::All(proxy.into());
        self
    }

    /// Trusts the root certificates in `pem` besides the platform's.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`](crate::Kind::Config) when there is no certificate in it.
    #[cfg(feature = "tls")]
    pub fn with_root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.trust.add_roots(pem)?;
        Ok(self)
    }

    /// Trusts the root certificates given here and no others.
    #[cfg(feature = "tls")]
    #[must_use]
    pub const fn without_platform_roots(mut self) -> Self {
        self.trust.trust_only_given();
        self
    }

    /// Presents this certificate chain to servers that ask for one.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`](crate::Kind::Config) when there is no certificate or no private key.
    #[cfg(feature = "tls")]
    pub fn with_client_identity_pem(mut self, chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        self.trust.set_identity(chain, key)?;
        Ok(self)
    }

    /// Builds the client. It opens no connection, starts no task and needs no runtime.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`](crate::Kind::Config) when certificates or keys cannot be used.
    pub fn build(self) -> Result<HttpClient, Error> {
        let connector = Connector::new(Parts {
            tcp: self.tcp(),
            timeout: self.connect_timeout,
            #[cfg(feature = "http2")]
            http2_only: self.http2.only || cfg!(not(feature = "http1")),
            #[cfg(not(feature = "http2"))]
            http2_only: false,
            proxies: self.proxies(),
            #[cfg(feature = "tls")]
            tls: self.trust.configs()?,
            #[cfg(not(feature = "tls"))]
            tls: super::tls::Configs,
        });
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.pool_idle_timeout)
            .pool_max_idle_per_host(self.pool_max_idle)
            // Only a request of which no byte was written is moved to another connection by the pool.
            .retry_canceled_requests(true);
        #[cfg(feature = "http2")]
        builder
            .http2_only(self.http2.only || cfg!(not(feature = "http1")))
            .http2_keep_alive_interval(self.http2.ping_every)
            .http2_keep_alive_timeout(self.http2.ping_timeout);
        let client = builder.build(connector.clone());
        Ok(HttpClient::from_hyper(client, connector))
    }

    fn tcp(&self) -> HttpConnector {
        let mut tcp = HttpConnector::new();
        // The TLS connector around it accepts https.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(self.connect_timeout));
        tcp.set_happy_eyeballs_timeout(self.happy_eyeballs);
        tcp.set_keepalive(self.tcp_keepalive);
        tcp
    }

    #[cfg(feature = "proxy")]
    fn proxies(&self) -> Proxies {
        match &self.proxy {
            Proxy::Environment => Proxies::from_env(),
            Proxy::None => Proxies::none(),
            Proxy::All(proxy) => Proxies::all(proxy),
        }
    }

    #[cfg(not(feature = "proxy"))]
    #[expect(clippy::unused_self, reason = "the build with proxies reads a setting")]
    fn proxies(&self) -> Proxies {
        Proxies::default()
    }
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            happy_eyeballs: Some(Duration::from_millis(300)),
            tcp_keepalive: Some(Duration::from_secs(60)),
            pool_idle_timeout: Duration::from_secs(90),
            pool_max_idle: usize::MAX,
            #[cfg(feature = "http2")]
            http2: Http2 {
                only: false,
                ping_every: Some(Duration::from_secs(20)),
                ping_timeout: Duration::from_secs(10),
            },
            #[cfg(feature = "proxy")]
            proxy: Proxy::Environment,
            #[cfg(feature = "tls")]
            trust: Trust::default(),
        }
    }
}
