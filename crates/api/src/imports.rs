//! The import jobs of one team.

use std::future::poll_fn;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use prism_imports_core::JobId;
use prism_imports_transport::{Replay, UrlTemplate};
use tower_service::Service;
use uuid::Uuid;

use crate::{
    attached::Attached,
    call::{Answer, CallOptions, Get, GetSnapshot},
    client::Client,
    error::{ConfigError, Error},
    handle::ImportHandle,
    submit::{ObjectType, Submit},
    watch::{Wait, Watch},
};

/// The import jobs of one team. Made by [`Client::imports`].
///
/// The service has no call that cancels, lists or deletes import jobs, and no webhook: a job is submitted, polled
/// until it is finished, and forgotten by the server after 7 days.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let imports = prism_imports::Client::from_env()?.imports();
/// let job = imports.get("b5f1").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Imports {
    pub(crate) client: Client,
    pub(crate) team: Option<Uuid>,
}

impl Imports {
    /// Looks at a job once.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let job = imports.get("b5f1").await?;
    /// assert!(!job.is_finished());
    /// # Ok(()) }
    /// ```
    pub fn get(&self, job: impl AsRef<str>) -> Get {
        Get {
            imports: self.clone(),
            job: Job::new(job.as_ref()),
            options: CallOptions::default(),
        }
    }

    /// Looks at what the server says of a job, without judging it.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let snapshot = imports.snapshot("b5f1").await?;
    /// # Ok(()) }
    /// ```
    pub fn snapshot(&self, job: impl AsRef<str>) -> GetSnapshot {
        GetSnapshot {
            imports: self.clone(),
            job: Job::new(job.as_ref()),
            options: CallOptions::default(),
        }
    }

    /// Follows a job to its end, as a stream of looks.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let mut watch = imports.watch("b5f1");
    /// while let Some(update) = watch.next().await {
    ///     println!("{:?}", update?.job().map(|job| job.progress().fraction()));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch(&self, job: impl AsRef<str>) -> Watch {
        Watch::new(self.clone(), Job::new(job.as_ref()))
    }

    /// Waits for a job's end.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let end = imports.wait("b5f1").await?;
    /// println!("{}", end.progress());
    /// # Ok(()) }
    /// ```
    pub fn wait(&self, job: impl AsRef<str>) -> Wait {
        Wait::new(self.clone(), Job::new(job.as_ref()))
    }

    /// Comes back to a job by its handle, whatever team it belongs to.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports, handle: prism_imports::ImportHandle)
    /// # -> Result<(), prism_imports::Error> {
    /// let end = imports.attach(handle).wait().await?;
    /// # Ok(()) }
    /// ```
    pub fn attach(&self, handle: ImportHandle) -> Attached {
        Attached::new(self.client.clone(), handle)
    }

    /// Submits rows of one type.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// use prism_imports::ObjectType;
    /// use serde_json::json;
    ///
    /// let rows = [json!({"default": {"email": "ada@example.com"}})];
    /// let submitted = imports.submit(ObjectType::Contact).rows(rows).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn submit(&self, object_type: impl Into<ObjectType>) -> Submit {
        Submit::new(self.clone(), object_type.into())
    }

    /// Sends the request of a poll and takes the answer, whatever its status.
    pub(crate) async fn poll(
        &self,
        job: &Job,
        options: &CallOptions,
        operation: &'static str,
    ) -> Result<Answer, Error> {
        let refuse = |error| Error::config(error, operation);
        let id = job.id().map_err(refuse)?;
        let team = self.team_id().map_err(refuse)?;
        options.check().map_err(refuse)?;
        let url =
            self.client
                .base_url()
                .join(["v2", "prism", team.as_str(), "imports", id.as_str()]);
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url;
        request.extensions_mut().insert(Replay::Safe);
        request
            .extensions_mut()
            .insert(UrlTemplate("/v2/prism/{teamId}/imports/{jobId}".into()));
        options.apply(&mut request);
        self.send(request, operation)
            .await
            .map_err(|error| job.name(error))
    }

    /// Sends a request with the headers that every request has.
    pub(crate) async fn send(
        &self,
        mut request: Request<Bytes>,
        operation: &'static str,
    ) -> Result<Answer, Error> {
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, self.client.user_agent().clone());
        let mut service = self.client.service();
        let answered = async {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            let (head, body) = service.call(request).await?.into_parts();
            Ok(http::Response::from_parts(head, body.collect().await?))
        };
        match answered.await {
            Ok(response) => Ok(Answer::new(response)),
            Err(error) => Err(Error::no_answer(error, operation)),
        }
    }

    pub(crate) fn team_id(&self) -> Result<String, ConfigError> {
        self.team
            .map(|team| team.to_string())
            .ok_or(ConfigError::NoTeam)
    }
}

/// A job's id as it was given: judged when the call is made, so that `get` needs no `Result` of its own.
#[derive(Clone, Debug)]
pub(crate) struct Job(Result<JobId, prism_imports_core::JobIdError>);

impl Job {
    pub(crate) fn new(id: &str) -> Self {
        Self(JobId::new(id))
    }

    pub(crate) fn of(id: JobId) -> Self {
        Self(Ok(id))
    }

    pub(crate) fn id(&self) -> Result<&JobId, ConfigError> {
        self.0.as_ref().map_err(|error| ConfigError::JobId(*error))
    }

    /// Names the job in an error.
    pub(crate) fn name(&self, error: Error) -> Error {
        error.with(|inner| inner.job = self.0.clone().ok())
    }
}
