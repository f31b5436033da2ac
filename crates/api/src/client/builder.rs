//! The settings of a client.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use prism_imports_transport::{
    AttemptLayer, BoxError, Credentials, Quota, QuotaLayer, ResponseBody, RetryLayer, RetryPolicy,
    Stack, StackBuilder, stack::Pipeline,
};
use tower_layer::{Identity, Layer, Stack as Both};
use tower_service::Service;

use super::{
    Client, CustomHttp, DefaultHttp, IntoHttpService, Shared, TimeOfDay,
    settings::{Hidden, Settings},
};
use crate::error::ConfigError;

/// The settings of a [`Client`]. Created by [`Client::builder`].
///
/// | setting | default |
/// |---|---|
/// | [`api_key`](Self::api_key), [`team_id`](Self::team_id), [`base_url`](Self::base_url) | `MICRO_API_KEY`, `MICRO_TEAM_ID`, `MICRO_BASE_URL`; the base URL falls back to the production host |
/// | [`attempt_timeout`](Self::attempt_timeout) of one attempt | 30 s |
/// | [`timeout`](Self::timeout) of one call | 120 s |
/// | [`retry`](Self::retry) | 3 attempts, with a backoff of 0.5 s · 2ⁿ up to 8 s |
/// | [`quota`](Self::quota) | none |
/// | [`time_of_day`](Self::time_of_day) | the system clock |
///
/// ```
/// use std::time::Duration;
/// use prism_imports::{Client, transport::{Quota, RetryPolicy}};
///
/// let client = Client::builder()
///     .api_key("a key")
///     .retry(RetryPolicy::default().with_max_attempts(5))
///     .quota(Quota::published())
///     .timeout(Duration::from_secs(60))
///     .user_agent("billing/2.1")
///     .build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder<Outer = Identity, PerAttempt = Identity, H = DefaultHttp> {
    settings: Settings,
    stack: StackBuilder<Outer, PerAttempt>,
    http: H,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings::default(),
            stack: Stack::builder(),
            http: DefaultHttp(()),
        }
    }
}

impl<O, A, H> ClientBuilder<O, A, H> {
    /// Sets the API key; overrides `MICRO_API_KEY`. It is sent to the origin of the base URL only and never printed.
    ///
    /// A blank key is rejected. It does not fall back to the environment.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(Hidden(key.into()));
        self
    }

    /// Sets the source of the credentials, such as a token that expires and is refreshed; overrides any API key.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.settings.credentials = Some(credentials);
        self
    }

    /// Sets the team of [`Client::imports`]; overrides `MICRO_TEAM_ID`.
    pub fn team_id(mut self, team: impl Into<String>) -> Self {
        self.settings.team = Some(Hidden(team.into()));
        self
    }

    /// Sets the base URL, an origin with an optional path prefix; overrides `MICRO_BASE_URL`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Some(Hidden(url.into()));
        self
    }

    /// Allows a plain `http` base URL beyond loopback. The key is then sent unencrypted.
    pub fn dangerously_allow_plain_http(mut self) -> Self {
        self.settings.plain_http = true;
        self
    }

    /// Sets the timeout of one attempt, headers and body included.
    pub fn attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.settings.attempt_timeout = Some(attempt_timeout);
        self
    }

    /// Sets the timeout of a whole call, all attempts and the waits between them included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets the retry policy.
    ///
    /// With any policy, a 429 with a `Retry-After` header delays every request of the client until then; see
    /// [`transport::quota`](crate::transport::quota).
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.stack = self.stack.retry(RetryLayer::new(policy));
        self
    }

    /// Sets the quota. Clones of the quota share it with this client.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.stack = self.stack.quota(QuotaLayer::new(quota));
        self
    }

    /// Adds the name of the application to the `User-Agent`.
    pub fn user_agent(mut self, application: impl Into<String>) -> Self {
        self.settings.user_agent = Some(application.into());
        self
    }

    /// Sets the source of the time of day; the system clock by default.
    ///
    /// The time of day is stored in generated keys, checkpoints and
    /// [`Error::submitted_at`](crate::Error::submitted_at), from which a resumed watch computes the time since its
    /// checkpoint. Waits and timeouts use tokio's clock. Tests in virtual time set a clock that follows tokio's and get
    /// the same results in every run; random numbers come from the thread's `fastrand` generator, which can be seeded.
    ///
    /// ```
    /// use prism_imports::Client;
    ///
    /// let epoch: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let start = tokio::time::Instant::now();
    /// let client = Client::builder().api_key("a key").time_of_day(move || epoch + start.elapsed()).build()?;
    /// # Ok::<(), prism_imports::ConfigError>(())
    /// # }).unwrap();
    /// ```
    pub fn time_of_day(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings.time_of_day = TimeOfDay::new(now);
        self
    }

    /// Adds a layer around each call. It sees a call once, however many attempts it takes. The first layer is outermost.
    pub fn layer<M>(self, layer: M) -> ClientBuilder<Both<M, O>, A, H> {
        let Self {
            mut settings,
            stack,
            http,
        } = self;
        settings.names_routes = true;
        ClientBuilder {
            settings,
            stack: stack.layer(layer),
            http,
        }
    }

    /// Adds a layer around each attempt, directly above the HTTP service. The first layer is outermost.
    pub fn attempt_layer<M>(self, layer: M) -> ClientBuilder<O, Both<M, A>, H> {
        let Self {
            mut settings,
            stack,
            http,
        } = self;
        settings.names_routes = true;
        ClientBuilder {
            settings,
            stack: stack.attempt_layer(layer),
            http,
        }
    }

    /// Sets a custom HTTP service in place of the default HTTP client.
    pub fn http_service<S>(self, service: S) -> ClientBuilder<O, A, CustomHttp<S>> {
        let Self {
            mut settings,
            stack,
            http: _,
        } = self;
        settings.names_routes = true;
        ClientBuilder {
            settings,
            stack,
            http: CustomHttp(service),
        }
    }

    /// Builds the client. This sends nothing and needs no runtime.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the missing or invalid setting.
    pub fn build(self) -> Result<Client, ConfigError>
    where
        H: IntoHttpService,
        A: Layer<H::Service>,
        O: Layer<Pipeline<A::Service>>,
        O::Service: Service<Request<Bytes>, Response = Response<ResponseBody>>
            + Clone
            + Send
            + Sync
            + 'static,
        <O::Service as Service<Request<Bytes>>>::Error: Into<BoxError>,
        <O::Service as Service<Request<Bytes>>>::Future: Send + 'static,
    {
        let Self {
            settings,
            mut stack,
            http,
        } = self;
        for (setting, given) in [
            ("attempt_timeout", settings.attempt_timeout),
            ("timeout", settings.timeout),
        ] {
            if given.is_some_and(|given| given.is_zero()) {
                return Err(ConfigError::NoTime { setting });
            }
        }
        if let Some(attempt_timeout) = settings.attempt_timeout {
            stack = stack.attempt(AttemptLayer::default().with_timeout(attempt_timeout));
        }
        if let Some(timeout) = settings.timeout {
            stack = stack.timeout(timeout);
        }
        let (auth, facts) = settings.finish()?;
        let service = stack.auth(auth).boxed(http.into_service()?);
        Ok(Client {
            shared: Arc::new(Shared { service, facts }),
        })
    }
}
