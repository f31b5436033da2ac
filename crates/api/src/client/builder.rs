//! The settings of a client, and the environment variables in their place.

use std::{
    env::{self, VarError},
    sync::Arc,
    time::Duration,
};

use http::HeaderValue;
use jiff::Timestamp;
#[cfg(any(feature = "http1", feature = "http2"))]
use prism_imports_transport::client::HttpClientBuilder;
use prism_imports_transport::{
    AttemptLayer, AuthLayer, Credentials, HttpLayer, HttpService, IntoHttpService, Observer, Quota,
    RetryLayer, RetryPolicy, StackBuilder, retry::Budget,
};
use uuid::Uuid;

use super::{Client, Inner, TimeOfDay};
use crate::{
    error::{ConfigError, Hidden},
    http::{BaseUrl, check_times},
};

/// The settings of a [`Client`]. Made by [`Client::builder`].
///
/// | setting | default |
/// |---|---|
/// | [`api_key`](Self::api_key), [`team_id`](Self::team_id), [`base_url`](Self::base_url) | `MICRO_API_KEY`, `MICRO_TEAM_ID`, `MICRO_BASE_URL`; without the last, the production host |
/// | [`timeout`](Self::timeout) of a whole call | 120 s |
/// | [`attempt_timeout`](Self::attempt_timeout) | 30 s |
/// | [`idle_timeout`](Self::idle_timeout) | 15 s |
/// | [`max_body`](Self::max_body) | 1 GiB |
/// | [`retry`](Self::retry) | 3 attempts, 0.5 s · 2ⁿ up to 8 s between them |
/// | [`retry_budget`](Self::retry_budget) | 1 retry for 5 calls, and 10 to begin with |
/// | [`quota`](Self::quota) | none |
/// | [`http_client`](Self::http_client), [`http_service`](Self::http_service) | hyper with rustls, the platform's roots |
/// | [`time_of_day`](Self::time_of_day) | the system's clock |
///
/// Any tower layer that fits an HTTP client fits here, also conditionally or in a loop:
///
/// ```
/// use std::time::Duration;
/// use prism_imports::{Client, transport::{Quota, RetryPolicy}};
/// use tower::limit::ConcurrencyLimitLayer;
///
/// let mut builder = Client::builder()
///     .api_key("a key")
///     .retry(RetryPolicy::default().with_max_attempts(5))
///     .quota(Quota::published())
///     .timeout(Duration::from_secs(60))
///     .user_agent("billing/2.1");
/// if std::env::var_os("FEW_CONNECTIONS").is_some() {
///     builder = builder.attempt_layer(ConcurrencyLimitLayer::new(4));
/// }
/// let client = builder.build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder {
    api_key: Option<Hidden>,
    credentials: Option<Credentials>,
    team: Option<Hidden>,
    base_url: Option<Hidden>,
    plain_http: bool,
    timeout: Duration,
    attempt_timeout: Duration,
    idle_timeout: Duration,
    max_body: u64,
    user_agent: Option<String>,
    time_of_day: TimeOfDay,
    stack: StackBuilder,
    retry: RetryLayer,
    #[cfg(any(feature = "http1", feature = "http2"))]
    http_client: HttpClientBuilder,
    /// What sends the requests in place of the client.
    http_service: Option<HttpService>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            api_key: None,
            credentials: None,
            team: None,
            base_url: None,
            plain_http: false,
            timeout: Duration::from_secs(120),
            attempt_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(15),
            max_body: 1024 * 1024 * 1024,
            user_agent: None,
            time_of_day: Hidden(Arc::new(Timestamp::now)),
            stack: StackBuilder::new(),
            retry: RetryLayer::default(),
            #[cfg(any(feature = "http1", feature = "http2"))]
            http_client: HttpClientBuilder::default(),
            http_service: None,
        }
    }

    /// Sets the API key, in place of `MICRO_API_KEY`. It is sent to the base URL's origin only and is never shown.
    ///
    /// A blank key is refused; the environment is not read then.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Hidden(key.into()));
        self
    }

    /// Sets the source of credentials, in place of an API key: for example tokens that expire and are renewed.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets the team of [`Client::imports`], in place of `MICRO_TEAM_ID`.
    pub fn team_id(mut self, team: impl Into<String>) -> Self {
        self.team = Some(Hidden(team.into()));
        self
    }

    /// Sets the base URL, in place of `MICRO_BASE_URL`: an origin and an optional path prefix.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(Hidden(url.into()));
        self
    }

    /// Allows a base URL of plain `http` beyond loopback: the key can then be read on the network.
    pub fn dangerously_allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Sets how long a whole call may take: all attempts, the waits between them, and your layers. 120 s by default.
    ///
    /// The `timeout` of a single call or watch can only shorten it. The head of a response that is read as a stream must come
    /// within it; how long the stream may take is set on the stream.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long one attempt of a call may take, headers and body. 30 s by default.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the longest gap between two pieces of a body. 15 s by default.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets the largest body of a response in bytes. 1 GiB by default. A larger one is a final error of kind
    /// [`ErrorKind::TooLarge`](crate::ErrorKind); the stream of [`Imports::rows`](crate::Imports::rows) has no such limit.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how calls are retried.
    ///
    /// A 429 that asks for a wait holds back every request of the client until then, whatever the policy; see
    /// [`transport::quota`](crate::transport::quota).
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = RetryLayer::new(policy).with_budget(self.retry.budget().clone());
        self
    }

    /// Sets the budget that all retries of the client are paid from, those of calls with a policy of their own included.
    /// [`Budget::unlimited`] makes retries free.
    pub fn retry_budget(mut self, budget: Budget) -> Self {
        self.retry = self.retry.with_budget(budget);
        self
    }

    /// Sets the quota. Clients with clones of one quota share it.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.stack = self.stack.quota(quota);
        self
    }

    /// Names the embedding application in the `User-Agent`.
    pub fn user_agent(mut self, application: impl Into<String>) -> Self {
        self.user_agent = Some(application.into());
        self
    }

    /// Sets the source of the time of day: the system's clock by default.
    ///
    /// It dates what is stored: minted keys, checkpoints, [`Error::submitted_at`](crate::Error::submitted_at). A watch that
    /// is resumed counts the time in between. Waits and timeouts use tokio's time. A test in virtual time sets a clock that
    /// moves with tokio's, `move || epoch + start.elapsed()`; random numbers follow the seed of `fastrand` on the thread.
    pub fn time_of_day(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.time_of_day = Hidden(Arc::new(now));
        self
    }

    /// Adds a layer around every call; the first one added is the outermost.
    ///
    /// It sees a call once, however often it is sent: `Request<RequestBody>` without credentials, and the final
    /// `Response<ResponseBody>`. It may return a response with any body of bytes, and any error.
    /// Every tower layer of such a service fits; see [`HttpLayer`](crate::transport::HttpLayer).
    ///
    /// A layer must keep the extensions of a request that it rebuilds.
    pub fn layer(mut self, layer: impl HttpLayer) -> Self {
        self.stack = self.stack.layer(layer);
        self
    }

    /// Adds a layer around every attempt, just above the HTTP service; the first one added is the outermost.
    ///
    /// It sees each `Request<RequestBody>` as it is sent, with credentials and
    /// [`AttemptNumber`](crate::transport::AttemptNumber), and each `Response<ResponseBody>` with its body unread.
    /// Otherwise as for [`layer`](Self::layer).
    ///
    /// A layer with a limit, such as tower's `ConcurrencyLimit`, counts an attempt until its future returns or is
    /// dropped. A future that is not polled keeps its place: with a limit of one, a watch or a fleet whose poll is under way and
    /// whose next item is not asked for holds up every other call of the client, as does a call that is kept unpolled after a
    /// `select!`. Spawn such calls, or drop them. The body of a streamed response, as in
    /// [`Imports::rows`](crate::Imports::rows), is not counted after its head has arrived.
    pub fn attempt_layer(mut self, layer: impl HttpLayer) -> Self {
        self.stack = self.stack.attempt_layer(layer);
        self
    }

    /// Reports calls, attempts, retries and waits for the quota to an observer, for metrics; see
    /// [`transport::telemetry`](crate::transport::telemetry) for an example.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.stack = self.stack.observer(observer);
        self
    }

    /// Sets how connections are made: connect timeout, roots, client certificate, proxy, pool.
    ///
    /// It replaces an [`http_service`](Self::http_service) set before.
    #[cfg(any(feature = "http1", feature = "http2"))]
    pub fn http_client(mut self, client: HttpClientBuilder) -> Self {
        self.http_client = client;
        self.http_service = None;
        self
    }

    /// Sends through another HTTP service, in place of the default client.
    ///
    /// It receives `Request<RequestBody>` and must return a response with a body of bytes; see
    /// [`IntoHttpService`](crate::transport::IntoHttpService). It must not retry: the client could then no longer know whether a
    /// submit reached the server.
    pub fn http_service(mut self, service: impl IntoHttpService) -> Self {
        self.http_service = Some(service.into_http_service());
        self
    }

    /// Builds the client. Nothing is sent, and no runtime is needed.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the setting that is missing or invalid.
    pub fn build(self) -> Result<Client, ConfigError> {
        check_times([
            ("timeout", Some(self.timeout)),
            ("attempt_timeout", Some(self.attempt_timeout)),
            ("idle_timeout", Some(self.idle_timeout)),
        ])?;
        let url = setting("base_url", self.base_url, "MICRO_BASE_URL")?;
        let url = url.as_deref().unwrap_or(BaseUrl::PRODUCTION);
        let base_url = BaseUrl::parse(url, self.plain_http)?;
        let team = setting("team_id", self.team, "MICRO_TEAM_ID")?;
        let team = team.map(|team| Uuid::try_parse(team.trim()));
        let team = team.transpose().ok().ok_or(ConfigError::TeamId)?;
        let credentials = if let Some(credentials) = self.credentials {
            credentials
        } else {
            let key = setting("api_key", self.api_key, "MICRO_API_KEY")?;
            Credentials::fixed(key.ok_or(ConfigError::NoApiKey)?.trim())
        };
        credentials.check().ok().ok_or(ConfigError::ApiKey)?;
        let user_agent = user_agent(self.user_agent.as_deref())?;
        let mut auth = AuthLayer::new(base_url.origin.clone(), credentials);
        if self.plain_http {
            auth = auth.dangerously_allow_plain_http();
        }
        let attempt = AttemptLayer::default()
            .with_timeout(self.attempt_timeout)
            .with_idle_timeout(self.idle_timeout)
            .with_max_body(self.max_body);
        let stack = self.stack.timeout(self.timeout).retry(self.retry);
        let stack = stack.auth(auth).attempt(attempt);
        let http = match self.http_service {
            Some(service) => stack.build(service),
            #[cfg(not(any(feature = "http1", feature = "http2")))]
            None => return Err(ConfigError::NoHttp),
            #[cfg(any(feature = "http1", feature = "http2"))]
            None => match self.http_client.build() {
                Ok(client) => stack.build(client),
                Err(error) => return Err(ConfigError::Http(Arc::new(error))),
            },
        };
        let inner = Arc::new(Inner {
            http,
            base_url,
            team,
            user_agent,
            time_of_day: self.time_of_day,
        });
        Ok(Client { inner })
    }
}

fn user_agent(application: Option<&str>) -> Result<HeaderValue, ConfigError> {
    let own = concat!("prism-imports/", env!("CARGO_PKG_VERSION"));
    let text = match application.map(str::trim) {
        None | Some("") => own.to_owned(),
        Some(application) => format!("{own} ({application})"),
    };
    let value = HeaderValue::from_str(&text);
    value.ok().ok_or(ConfigError::UserAgent)
}

/// Returns a setting, or else the variable. A blank variable counts as unset; a blank setting is refused.
fn setting(
    setting: &'static str,
    given: Option<Hidden>,
    variable: &'static str,
) -> Result<Option<String>, ConfigError> {
    match given {
        Some(Hidden(text)) if text.trim().is_empty() => Err(ConfigError::Blank(setting)),
        Some(Hidden(text)) => Ok(Some(text)),
        None => match env::var(variable) {
            Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::NotUnicode(variable)),
        },
    }
}
