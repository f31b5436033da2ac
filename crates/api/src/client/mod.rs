//! The client: what all calls share.

mod builder;
mod settings;

use std::sync::Arc;

use http::{HeaderValue, Request, Response, header};
use jiff::Timestamp;
use prism_imports_core::{ImportJob, RowDecoder};
use prism_imports_transport::{
    self as transport, HttpService, RequestBody, ResponseBody, Streamed,
};
use tower::ServiceExt;
use uuid::Uuid;

pub use self::builder::ClientBuilder;
use self::settings::TimeOfDay;
use crate::{
    error::Error,
    http::{Answer, Arriving, BaseUrl, Reply},
    requests::GetImport,
};

/// A client of the service, cheap to clone: clones share connections, credentials, quota and retry budget.
///
/// Building it needs no runtime and causes no traffic; the first call connects.
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
    http: Arc<HttpService>,
    facts: Arc<Facts>,
}

/// What all requests of a client have in common.
#[derive(Debug)]
struct Facts {
    base_url: BaseUrl,
    team: Option<Uuid>,
    user_agent: HeaderValue,
    time_of_day: TimeOfDay,
}

impl Client {
    /// Starts a client. Key, team and base URL are taken from the environment unless they are set.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Builds a client from `MICRO_API_KEY`, `MICRO_TEAM_ID` and `MICRO_BASE_URL`.
    ///
    /// An empty or blank variable counts as unset. The base URL is the production host unless set.
    ///
    /// # Errors
    ///
    /// [`ConfigError`](crate::ConfigError) names the variable that is missing or invalid.
    #[cfg(any(feature = "http1", feature = "http2"))]
    pub fn from_env() -> Result<Self, crate::ConfigError> {
        Self::builder().build()
    }

    pub(crate) fn team(&self) -> Option<Uuid> {
        self.facts.team
    }

    /// Returns the time of day.
    pub(crate) fn now(&self) -> Timestamp {
        self.facts.time_of_day.now()
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.facts.base_url
    }

    /// Sends a request, and returns the head of the response.
    pub(crate) async fn send(
        &self,
        mut request: Request<RequestBody>,
        operation: &'static str,
    ) -> Result<Response<ResponseBody>, Error> {
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.entry(header::ACCEPT).or_insert(json);
        let user_agent = &self.facts.user_agent;
        let entry = headers.entry(header::USER_AGENT);
        entry.or_insert_with(|| user_agent.clone());
        let sent = HttpService::clone(&self.http).oneshot(request).await;
        sent.map_err(|error| Error::unanswered(transport::Error::from_boxed(error), operation))
    }

    /// Requests the snapshot of a job, and returns the head of the response whatever its status.
    pub(crate) async fn request(&self, get: &GetImport) -> Result<Response<ResponseBody>, Error> {
        let checked = get.options.check();
        checked.map_err(|error| Error::invalid(error, get.operation))?;
        self.send(get.to_http(self.base_url()), get.operation).await
    }

    /// Gets a job.
    pub(crate) async fn get(self, get: GetImport) -> Result<Reply<ImportJob>, Error> {
        let got = async {
            let response = self.request(&get).await?;
            if get.options.extensions.get::<Streamed>().is_some() {
                let mut arriving = Arriving::new(response, get.job_id(), get.operation).await?;
                while arriving.advance().await? {}
                return arriving.finish(RowDecoder::finish_with_rows);
            }
            let answer = Answer::read(response, get.operation).await?;
            let job = answer.job(Some(get.job_id()), get.operation)?;
            Ok(answer.map(|_| job))
        };
        got.await.map_err(|error| error.of_job(get.job_id()))
    }
}
