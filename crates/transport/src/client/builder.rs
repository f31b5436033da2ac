//! The settings of the client.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::service_fn;

use super::HttpClient;
use super::connector::{Parts, Resolver, resolve};
#[cfg(feature = "proxy")]
use super::proxy::Proxies;
#[cfg(feature = "tls")]
use super::tls::Trust;
use crate::error::Error;

/// The settings of an [`HttpClient`].
///
/// An answer may have 1,000 headers over HTTP/1.1, and headers of 400 KiB over HTTP/2. One with more is an error of
/// [`Kind::Protocol`](crate::Kind::Protocol), which is not retried.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use prism_imports_transport::HttpClient;
///
/// let client = HttpClient::builder()
///     .with_connect_timeout(Duration::from_secs(3))
///     .with_root_certificates_pem(&std::fs::read("ca.pem")?)?
///     .build()?;
/// # Ok::<(), prism_imports_transport::BoxError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    happy_eyeballs: Option<Duration>,
    tcp_keepalive: Option<Duration>,
    pool_idle_timeout: Duration,
    pool_max_idle: usize,
    http2_only: bool,
    #[cfg(feature = "http2")]
    ping: (Option<Duration>, Duration),
    /// Those of the environment, unless they are set; or what is wrong with the setting.
    #[cfg(feature = "proxy")]
    proxies: Option<Result<Proxies, String>>,
    #[cfg(feature = "tls")]
    trust: Trust,
}

impl HttpClientBuilder {
    /// Sets how long a connection may take from the name to the end of the TLS handshake; 10 s by default.
    ///
    /// The addresses of a name share the time evenly, so that a dead one leaves time for the next.
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the head start of the preferred address family (RFC 6555); 300 ms by default, `None` tries one
    /// family after the other.
    pub const fn with_happy_eyeballs(mut self, head_start: Option<Duration>) -> Self {
        self.happy_eyeballs = head_start;
        self
    }

    /// Sets after which silence the kernel probes a TCP connection; 60 s by default, `None` never does.
    pub const fn with_tcp_keepalive(mut self, silence: Option<Duration>) -> Self {
        self.tcp_keepalive = silence;
        self
    }

    /// Sets how long an unused connection is kept; 90 s by default.
    pub const fn with_pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// Sets how many unused connections are kept per host; by default as many as there were at once.
    ///
    /// With fewer than there are calls at once, connections are closed and opened all the time: between two
    /// waves of responses most of them are unused for an instant.
    pub const fn with_pool_max_idle(mut self, connections: usize) -> Self {
        self.pool_max_idle = connections;
        self
    }

    /// Speaks HTTP/2 without negotiation, also over plain http.
    #[cfg(feature = "http2")]
    pub const fn with_http2_only(mut self) -> Self {
        self.http2_only = true;
        self
    }

    /// Sets how often a busy HTTP/2 connection is pinged and how long the answer may take; 20 s and 10 s by default,
    /// `None` never pings.
    #[cfg(feature = "http2")]
    pub const fn with_http2_keep_alive(
        mut self,
        every: Option<Duration>,
        timeout: Duration,
    ) -> Self {
        self.ping = (every, timeout);
        self
    }

    /// Connects directly, without the proxies of the environment.
    ///
    /// By default, https goes through `HTTPS_PROXY` and http through `HTTP_PROXY`, or else both through `ALL_PROXY`, except to
    /// the hosts in `NO_PROXY`. The names may be in lower case, and an empty variable counts as unset. Entries of `NO_PROXY`
    /// are separated by commas or blanks: `*`, a host or a domain (`example.com`, `.example.com` and `*.example.com` are
    /// the same: the domain and its subdomains), an address, or a network such as `10.0.0.0/8`. A host or an address may have a
    /// port. In a CGI program, where `REQUEST_METHOD` is set, the environment is not read.
    ///
    /// Hosts of this machine, `localhost` with its subdomains, `127.0.0.0/8` and `[::1]`, are always reached directly.
    #[cfg(feature = "proxy")]
    pub fn without_proxy(mut self) -> Self {
        self.proxies = Some(Ok(Proxies::default()));
        self
    }

    /// Connects through this proxy in place of the environment's: `http://user:password@host:port`.
    ///
    /// The scheme is `http` or `https`; a user or password is percent-encoded. `NO_PROXY` is not read. Hosts of this machine are
    /// still reached directly. [`build`](Self::build) returns an error if it is not the URL of a proxy.
    #[cfg(feature = "proxy")]
    pub fn with_proxy(mut self, proxy: &str) -> Self {
        self.proxies = Some(Proxies::all(proxy));
        self
    }

    /// Trusts the root certificates in `pem` besides those of the platform, and of Mozilla with the feature `webpki-roots`.
    ///
    /// Text between the certificates and a byte order mark are skipped. May be called several times: the certificates add up.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`](crate::Kind::Config) if there is no certificate in it, or one that cannot be read. The message names what
    /// was found, such as DER in place of PEM, OpenSSL's `TRUSTED CERTIFICATE` or a private key.
    #[cfg(feature = "tls")]
    pub fn with_root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, Error> {
        let roots = super::pem::certificates(pem, "root certificates")?;
        self.trust.roots.extend(roots);
        Ok(self)
    }

    /// Trusts the root certificates given by [`with_root_certificates_pem`](Self::with_root_certificates_pem) and no others.
    #[cfg(feature = "tls")]
    pub const fn without_platform_roots(mut self) -> Self {
        self.trust.only_these = true;
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
    /// [`Kind::Config`](crate::Kind::Config) if certificates or keys cannot be used, or if the proxy, or a proxy of the
    /// environment, is invalid: also one for `http` that no request would use. The message names the setting or the variable,
    /// and never shows its value.
    pub fn build(self) -> Result<HttpClient, Error> {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new(service_fn(resolve)));
        // The TLS connector around it accepts https.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(self.connect_timeout));
        tcp.set_happy_eyeballs_timeout(self.happy_eyeballs);
        tcp.set_keepalive(self.tcp_keepalive);
        let parts = Arc::new(Parts {
            tcp,
            timeout: self.connect_timeout,
            http2_only: self.http2_only,
            #[cfg(feature = "proxy")]
            proxies: match self.proxies {
                Some(set) => set.map_err(|reason| {
                    Error::config(format!("the proxy of `with_proxy` is invalid: {reason}"))
                })?,
                None => Proxies::from_env(|name| std::env::var_os(name))?,
            },
            #[cfg(feature = "tls")]
            tls: self.trust.configs()?,
        });
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.pool_idle_timeout)
            .pool_max_idle_per_host(self.pool_max_idle)
            // Only a request of which no byte was written is moved to another connection by the pool.
            .retry_canceled_requests(true);
        #[cfg(feature = "http1")]
        builder.http1_max_headers(MAX_HEADERS);
        #[cfg(feature = "http2")]
        builder
            .http2_only(self.http2_only)
            .http2_max_header_list_size(MAX_HEADER_LIST)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(self.ping.0)
            .http2_keep_alive_timeout(self.ping.1);
        let client = Arc::new(builder.build(Arc::clone(&parts).connector()));
        Ok(HttpClient {
            client,
            #[cfg(feature = "proxy")]
            parts,
        })
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
            http2_only: cfg!(not(feature = "http1")),
            #[cfg(feature = "http2")]
            ping: (Some(Duration::from_secs(20)), Duration::from_secs(10)),
            #[cfg(feature = "proxy")]
            proxies: None,
            #[cfg(feature = "tls")]
            trust: Trust::default(),
        }
    }
}

/// The most headers of an answer over HTTP/1.1. hyper's own limit of 100 is below what some proxies add; the head as a whole
/// is limited to about 400 KiB by hyper.
#[cfg(feature = "http1")]
const MAX_HEADERS: usize = 1000;

/// The largest list of headers over HTTP/2, in bytes as RFC 9113 counts them: about as large as a head of HTTP/1.1.
#[cfg(feature = "http2")]
const MAX_HEADER_LIST: u32 = 400 * 1024;

/// Bytes of a response that an HTTP/2 server may send before they are read: as much as hyper's default, and enough for
/// 20 MiB a second at a round trip of 100 ms.
#[cfg(feature = "http2")]
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;

/// Bytes of all responses of one HTTP/2 connection that may be unread: the most that the protocol allows, which is
/// 1,023 streams. With hyper's default of 5 MiB, three streams that are not read would stop all others.
#[cfg(feature = "http2")]
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;
