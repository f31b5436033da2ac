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
    BuiltIn, Client, Leaf, Own, Shared, TimeOfDay,
    settings::{Hidden, Settings},
};
use crate::error::ConfigError;

/// The settings of a [`Client`]. Made by [`Client::builder`].
///
/// | setting | default |
/// |---|---|
/// | [`api_key`](Self::api_key), [`team_id`](Self::team_id), [`base_url`](Self::base_url) | `MICRO_API_KEY`, `MICRO_TEAM_ID`, `MICRO_BASE_URL`; the base URL else is the production host |
/// | [`attempt_timeout`](Self::attempt_timeout) of one attempt | 30 s |
/// | [`timeout`](Self::timeout) of one call | 120 s |
/// | [`retry`](Self::retry) | 3 attempts, 0.5 s · 2ⁿ up to 8 s between them |
/// | [`quota`](Self::quota) | none |
/// | [`time_of_day`](Self::time_of_day) | the system's clock |
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
pub struct ClientBuilder<Outer = Identity, PerAttempt = Identity, L = BuiltIn> {
    settings: Settings,
    stack: StackBuilder<Outer, PerAttempt>,
    leaf: L,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings::default(),
            stack: Stack::builder(),
            leaf: BuiltIn(()),
        }
    }
}

impl<O, A, L> ClientBuilder<O, A, L> {
    /// Sets the API key, over `MICRO_API_KEY`. It goes to the base URL's origin only and is never shown.
    ///
    /// A blank key is refused, and not looked for in the environment.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(Hidden(key.into()));
        self
    }

    /// Sets where credentials come from, over any API key: one that expires and is refreshed, say.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.settings.credentials = Some(credentials);
        self
    }

    /// Sets the team of [`Client::imports`], over `MICRO_TEAM_ID`.
    pub fn team_id(mut self, team: impl Into<String>) -> Self {
        self.settings.team = Some(Hidden(team.into()));
        self
    }

    /// Sets the base URL, over `MICRO_BASE_URL`: an origin, and maybe a path prefix.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = Some(Hidden(url.into()));
        self
    }

    /// Allows a base URL of plain `http` beyond loopback: whoever is on the way can then read the key.
    pub fn dangerously_allow_plain_http(mut self) -> Self {
        self.settings.plain_http = true;
        self
    }

    /// Sets the time that one attempt of a call may take, headers and body.
    pub fn attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.settings.attempt_timeout = Some(attempt_timeout);
        self
    }

    /// Sets the time that one call may take, all attempts and the waits between them.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets how calls are retried.
    ///
    /// Whatever it says, a 429 that asks for a wait holds back every request of the client until then; see
    /// [`transport::quota`](crate::transport::quota).
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.stack = self.stack.retry(RetryLayer::new(policy));
        self
    }

    /// Sets the quota, which clones of it share with this client.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.stack = self.stack.quota(QuotaLayer::new(quota));
        self
    }

    /// Names the embedding application in the `User-Agent`.
    pub fn user_agent(mut self, application: impl Into<String>) -> Self {
        self.settings.user_agent = Some(application.into());
        self
    }

    /// Sets where the time of day comes from: the system's clock by default.
    ///
    /// It stamps what is stored – minted keys, checkpoints, [`Error::submitted_at`](crate::Error::submitted_at) – so
    /// that a watch that is resumed counts the time between. Waits, timeouts and deadlines go by tokio's time. A test
    /// in virtual time gives a clock that moves with it, and the same history comes out each time; what is drawn by
    /// chance follows the seed of `fastrand` on the thread.
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
        self.settings.time_of_day = TimeOfDay::of(now);
        self
    }

    /// Adds a layer around every call, which sees a call once however often it is sent; the first is the outermost.
    pub fn layer<M>(self, layer: M) -> ClientBuilder<Both<M, O>, A, L> {
        let Self {
            mut settings,
            stack,
            leaf,
        } = self;
        settings.names_routes = true;
        ClientBuilder {
            settings,
            stack: stack.layer(layer),
            leaf,
        }
    }

    /// Adds a layer around every attempt, just above the HTTP service; the first is the outermost.
    pub fn attempt_layer<M>(self, layer: M) -> ClientBuilder<O, Both<M, A>, L> {
        let Self {
            mut settings,
            stack,
            leaf,
        } = self;
        settings.names_routes = true;
        ClientBuilder {
            settings,
            stack: stack.attempt_layer(layer),
            leaf,
        }
    }

    /// Sends through a service of your own in place of the built-in HTTP client.
    pub fn http_service<S>(self, service: S) -> ClientBuilder<O, A, Own<S>> {
        let Self {
            mut settings,
            stack,
            leaf: _,
        } = self;
        settings.names_routes = true;
        ClientBuilder {
            settings,
            stack,
            leaf: Own(service),
        }
    }

    /// Builds the client. Nothing is sent, and no runtime is needed.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the setting that is missing or unusable.
    pub fn build(self) -> Result<Client, ConfigError>
    where
        L: Leaf,
        A: Layer<L::Service>,
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
            leaf,
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
        let service = stack.auth(auth).boxed(leaf.into_service()?);
        Ok(Client {
            shared: Arc::new(Shared { service, facts }),
        })
    }
}
