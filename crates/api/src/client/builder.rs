//! The settings of a client.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use prism_imports_transport::{
    AttemptLayer, AuthLayer, BoxError, Credentials, Quota, QuotaLayer, ResponseBody, RetryLayer,
    RetryPolicy, Stack, StackBuilder, stack::Pipeline,
};
use tower_layer::{Identity, Layer, Stack as Both};
use tower_service::Service;
use uuid::Uuid;

use super::{
    BaseUrl, BuiltIn, Client, Leaf, Own, Shared,
    environment::{Hidden, or_env},
};
use crate::error::ConfigError;

/// The settings of a [`Client`]. Made by [`Client::builder`].
///
/// | setting | default |
/// |---|---|
/// | [`api_key`](Self::api_key), [`team_id`](Self::team_id), [`base_url`](Self::base_url) | `MICRO_API_KEY`, `MICRO_TEAM_ID`, `MICRO_BASE_URL`; the base URL else is the production host |
/// | [`timeout`](Self::timeout) of one attempt | 30 s |
/// | [`deadline`](Self::deadline) of one call | 120 s |
/// | [`retry`](Self::retry) | 3 attempts, 0.5 s · 2ⁿ up to 8 s between them |
/// | [`quota`](Self::quota) | none |
///
/// ```
/// use std::time::Duration;
/// use prism_imports::{Client, transport::{Quota, RetryPolicy}};
///
/// let client = Client::builder()
///     .api_key("a key")
///     .retry(RetryPolicy::default().with_max_attempts(5))
///     .quota(Quota::published())
///     .deadline(Duration::from_secs(60))
///     .user_agent("billing/2.1")
///     .build()?;
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder<Outer = Identity, PerAttempt = Identity, L = BuiltIn> {
    api_key: Option<Hidden>,
    credentials: Option<Credentials>,
    team: Option<Hidden>,
    base_url: Option<Hidden>,
    plain_http: bool,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    retry: Option<RetryPolicy>,
    quota: Option<Quota>,
    user_agent: Option<String>,
    stack: StackBuilder<Outer, PerAttempt>,
    leaf: L,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            api_key: None,
            credentials: None,
            team: None,
            base_url: None,
            plain_http: false,
            timeout: None,
            deadline: None,
            retry: None,
            quota: None,
            user_agent: None,
            stack: Stack::builder(),
            leaf: BuiltIn(()),
        }
    }
}

impl<O, A, L> ClientBuilder<O, A, L> {
    /// Sets the API key, over `MICRO_API_KEY`. It goes to the base URL's origin only and is never shown.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Hidden(key.into()));
        self
    }

    /// Sets where credentials come from, over any API key: one that expires and is refreshed, say.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets the team of [`Client::imports`], over `MICRO_TEAM_ID`.
    pub fn team_id(mut self, team: impl Into<String>) -> Self {
        self.team = Some(Hidden(team.into()));
        self
    }

    /// Sets the base URL, over `MICRO_BASE_URL`: an origin, and maybe a path prefix.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(Hidden(url.into()));
        self
    }

    /// Allows a base URL of plain `http` beyond loopback: whoever is on the way can then read the key.
    pub fn dangerously_allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Sets the time that one attempt of a call may take, headers and body.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the time that one call may take, all attempts and the waits between them.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets how calls are retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the quota, which clones of it share with this client.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// Names the embedding application in the `User-Agent`.
    pub fn user_agent(mut self, application: impl Into<String>) -> Self {
        self.user_agent = Some(application.into());
        self
    }

    /// Adds a layer around every call, which sees a call once however often it is sent; the first is the outermost.
    pub fn layer<M>(self, layer: M) -> ClientBuilder<Both<M, O>, A, L> {
        self.map_stack(|stack| stack.layer(layer))
    }

    /// Adds a layer around every attempt, just above the HTTP service; the first is the outermost.
    pub fn attempt_layer<M>(self, layer: M) -> ClientBuilder<O, Both<M, A>, L> {
        self.map_stack(|stack| stack.attempt_layer(layer))
    }

    /// Sends through a service of your own in place of the built-in HTTP client.
    pub fn http_service<S>(self, service: S) -> ClientBuilder<O, A, Own<S>> {
        ClientBuilder {
            api_key: self.api_key,
            credentials: self.credentials,
            team: self.team,
            base_url: self.base_url,
            plain_http: self.plain_http,
            timeout: self.timeout,
            deadline: self.deadline,
            retry: self.retry,
            quota: self.quota,
            user_agent: self.user_agent,
            stack: self.stack,
            leaf: Own(service),
        }
    }

    fn map_stack<P, B>(
        self,
        change: impl FnOnce(StackBuilder<O, A>) -> StackBuilder<P, B>,
    ) -> ClientBuilder<P, B, L> {
        ClientBuilder {
            api_key: self.api_key,
            credentials: self.credentials,
            team: self.team,
            base_url: self.base_url,
            plain_http: self.plain_http,
            timeout: self.timeout,
            deadline: self.deadline,
            retry: self.retry,
            quota: self.quota,
            user_agent: self.user_agent,
            stack: change(self.stack),
            leaf: self.leaf,
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
        for (setting, given) in [("timeout", self.timeout), ("deadline", self.deadline)] {
            if let Some(given) = given.filter(Duration::is_zero) {
                return Err(ConfigError::NoTime { setting, given });
            }
        }
        let url = or_env(self.base_url, "MICRO_BASE_URL");
        let base_url = BaseUrl::parse(
            url.as_deref().unwrap_or(BaseUrl::PRODUCTION),
            self.plain_http,
        )?;
        let team = or_env(self.team, "MICRO_TEAM_ID");
        let team = team.as_deref().map(team_id).transpose()?;
        let credentials = match self.credentials {
            Some(credentials) => credentials,
            None => api_key(self.api_key)?,
        };
        let mut auth = AuthLayer::new(base_url.origin().clone(), credentials);
        if self.plain_http {
            auth = auth.dangerously_allow_plain_http();
        }
        let mut stack = self.stack.auth(auth);
        if let Some(timeout) = self.timeout {
            stack = stack.attempt(AttemptLayer::default().with_timeout(timeout));
        }
        if let Some(deadline) = self.deadline {
            stack = stack.timeout(deadline);
        }
        if let Some(policy) = self.retry {
            stack = stack.retry(RetryLayer::new(policy));
        }
        if let Some(quota) = self.quota {
            stack = stack.quota(QuotaLayer::new(quota));
        }
        let shared = Shared {
            base_url,
            team,
            user_agent: user_agent(self.user_agent.as_deref())?,
        };
        Ok(Client {
            service: stack.boxed(self.leaf.into_service()?),
            shared: Arc::new(shared),
        })
    }
}

fn team_id(text: &str) -> Result<Uuid, ConfigError> {
    Uuid::try_parse(text.trim()).ok().ok_or(ConfigError::TeamId)
}

fn api_key(given: Option<Hidden>) -> Result<Credentials, ConfigError> {
    let key = or_env(given, "MICRO_API_KEY").ok_or(ConfigError::NoApiKey)?;
    match HeaderValue::from_str(key.trim()) {
        Ok(_) => Ok(Credentials::fixed(key.trim())),
        Err(_) => Err(ConfigError::ApiKey),
    }
}

fn user_agent(application: Option<&str>) -> Result<HeaderValue, ConfigError> {
    let own = concat!("prism-imports/", env!("CARGO_PKG_VERSION"));
    let text = match application.map(str::trim).filter(|text| !text.is_empty()) {
        Some(application) => format!("{own} ({application})"),
        None => own.to_owned(),
    };
    HeaderValue::from_str(&text)
        .ok()
        .ok_or(ConfigError::UserAgent)
}
