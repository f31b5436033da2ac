//! The client.

mod base_url;
mod builder;
mod settings;
mod http_service;
mod time_of_day;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use prism_imports_transport::{HttpService, UrlTemplate};
use uuid::Uuid;

pub(crate) use self::{
    base_url::{BaseUrl, Part},
    time_of_day::TimeOfDay,
};
pub use self::{
    builder::ClientBuilder,
    http_service::{CustomHttp, DefaultHttp, IntoHttpService},
};
use crate::imports::Imports;

/// A client, cheap to clone. Clones share connections, credentials, quota and retry budget.
///
/// Building a client sends nothing and needs no runtime; the first call connects.
///
/// ```
/// use prism_imports::Client;
///
/// let client = Client::builder()
///     .api_key("a key")
///     .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
///     .build()?;
/// let imports = client.imports();
/// # Ok::<(), prism_imports::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    service: HttpService,
    facts: Facts,
}

/// The common parts of all requests.
#[derive(Debug)]
struct Facts {
    base_url: BaseUrl,
    team: Option<Uuid>,
    user_agent: HeaderValue,
    time_of_day: TimeOfDay,
    names_routes: bool,
}

impl Client {
    /// Returns a builder. Key, team and base URL default to the environment variables.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports::Client;
    ///
    /// let client = Client::builder().api_key("a key").timeout(Duration::from_secs(10)).build()?;
    /// # Ok::<(), prism_imports::ConfigError>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Builds a client from `MICRO_API_KEY`, `MICRO_TEAM_ID` and `MICRO_BASE_URL`.
    ///
    /// An empty or blank variable counts as unset. The base URL defaults to the production host.
    ///
    /// # Errors
    ///
    /// [`ConfigError`](crate::ConfigError) names the missing or invalid variable.
    ///
    /// ```no_run
    /// let client = prism_imports::Client::from_env()?;
    /// # Ok::<(), prism_imports::ConfigError>(())
    /// ```
    #[cfg(any(feature = "http1", feature = "http2"))]
    pub fn from_env() -> Result<Self, crate::ConfigError> {
        Self::builder().build()
    }

    /// Returns the import jobs of the client's team.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// let imports = client.imports();
    /// ```
    pub fn imports(&self) -> Imports {
        Imports {
            client: self.clone(),
            team: self.shared.facts.team,
        }
    }

    /// Returns the import jobs of another team.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// let imports = client.imports_for(uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11"));
    /// ```
    pub fn imports_for(&self, team: Uuid) -> Imports {
        Imports {
            client: self.clone(),
            team: Some(team),
        }
    }

    pub(crate) fn service(&self) -> HttpService {
        self.shared.service.clone()
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.shared.facts.base_url
    }

    /// Returns the time of day.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.facts.time_of_day.now()
    }

    /// Adds the common headers to a request and, if anything may read it, the route template.
    pub(crate) fn complete(&self, request: &mut Request<Bytes>, route: &'static str) {
        let facts = &self.shared.facts;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, facts.user_agent.clone());
        if let Some(host) = facts.base_url.host() {
            headers.insert(header::HOST, host.clone());
        }
        if facts.names_routes {
            request.extensions_mut().insert(UrlTemplate(route.into()));
        }
    }
}
