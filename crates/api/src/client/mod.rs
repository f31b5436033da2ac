//! The client: what all calls share.

mod builder;

use std::sync::Arc;

use futures_util::TryFutureExt;
use http::{HeaderValue, Request, Response, header};
use jiff::Timestamp;
use prism_imports_core::{ImportJob, ReadError, RowDecoder};
use prism_imports_transport::{HttpService, RequestBody, ResponseBody, Streamed};
use tower::ServiceExt;
use uuid::Uuid;

pub use self::builder::ClientBuilder;
use crate::{
    error::{Error, Hidden},
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
    pub(crate) inner: Arc<Inner>,
}

/// What the clones of a client share.
#[derive(Debug)]
pub(crate) struct Inner {
    http: HttpService,
    pub(crate) base_url: BaseUrl,
    pub(crate) team: Option<Uuid>,
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

    /// Returns the time of day.
    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.time_of_day.0)()
    }

    /// Sends a request, and returns the head of the response.
    pub(crate) fn send(
        &self,
        mut request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<ResponseBody>, Error>> + use<> {
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.entry(header::ACCEPT).or_insert(json);
        let user_agent = headers.entry(header::USER_AGENT);
        user_agent.or_insert_with(|| self.inner.user_agent.clone());
        let sent = self.inner.http.clone().oneshot(request);
        sent.map_err(Error::unanswered)
    }

    /// Requests the snapshot of a job, and returns the head of the response whatever its status.
    pub(crate) async fn request(&self, get: &GetImport) -> Result<Response<ResponseBody>, Error> {
        get.options.check()?;
        self.send(get.to_http(&self.inner.base_url)).await
    }

    /// Requests the snapshot of a job, and decodes the body of the response as a whole.
    pub(crate) async fn read<T>(
        &self,
        get: &GetImport,
        decode: impl FnOnce(&[u8]) -> Result<T, ReadError>,
    ) -> Result<Reply<T>, Error> {
        let read = async {
            let answer = Answer::read(self.request(get).await?).await?;
            let value = answer.decode(decode)?;
            Ok(answer.map(|_| value))
        };
        read.await.map_err(|error| get.named(error))
    }

    /// Gets a job.
    pub(crate) async fn get(&self, get: &GetImport) -> Result<Reply<ImportJob>, Error> {
        if get.options.extensions.get::<Streamed>().is_none() {
            return self
                .read(get, |body| ImportJob::from_slice_for(get.job_id(), body))
                .await;
        }
        let got = async {
            let mut arriving = Arriving::new(self.request(get).await?, get.job_id()).await?;
            while arriving.advance().await? {}
            arriving.finish(RowDecoder::finish_with_rows)
        };
        got.await.map_err(|error| get.named(error))
    }
}

/// The source of the time of day. Nothing else in the client reads the system's clock.
type TimeOfDay = Hidden<Arc<dyn Fn() -> Timestamp + Send + Sync>>;
