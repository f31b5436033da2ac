//! The import jobs of one team.

use std::future::poll_fn;

use bytes::Bytes;
use http::{Request, Response};
use prism_imports_core::JobId;
use prism_imports_transport::{HttpService, ResponseBody};
use tower_service::Service;
use uuid::Uuid;

use crate::{
    attached::Attached,
    call::{Answer, CallOptions, Get, GetSnapshot},
    client::{Client, Part},
    error::{ConfigError, Error},
    handle::ImportHandle,
    rows::Rows,
    service::ImportService,
    submit::{ObjectType, Submit},
    watch::{Wait, Watch, WatchCheckpoint},
};

/// The import jobs of one team. Created by [`Client::imports`].
///
/// The server has no endpoint that cancels, lists or deletes import jobs, and no webhook. A job is submitted, polled
/// until it is finished, and deleted by the server after 7 days.
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
    /// Requests the state of a job once.
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

    /// Requests the snapshot of a job without validating it.
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

    /// Polls a job until it finishes and returns a stream of updates.
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

    /// Waits for a job to finish.
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

    /// Returns the job of a handle, which may belong to any team.
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

    /// Resumes a stored watch, possibly in another process.
    ///
    /// The pace and the limits are those of the stored watch. The time since the checkpoint counts towards its timeout.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut watch = imports.resume(serde_json::from_str(stored)?);
    /// while let Some(update) = watch.next().await {
    ///     println!("{:?}", update?.job().map(|job| job.progress()));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn resume(&self, checkpoint: WatchCheckpoint) -> Watch {
        let (handle, poller) = checkpoint.into_parts();
        let imports = Self {
            client: self.client.clone(),
            team: Some(handle.team_id()),
        };
        Watch::resumed(imports, Job::of(handle.job_id().clone()), poller)
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

    /// Streams the rows of a finished import in constant memory.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let mut rows = imports.rows("b5f1");
    /// while let Some(row) = rows.next().await {
    ///     println!("{:?}", row?.id());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn rows(&self, job: impl AsRef<str>) -> Rows {
        Rows::new(self.clone(), Job::new(job.as_ref()))
    }

    /// Returns a tower service of typed requests, to which tower layers can be applied.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// use prism_imports::GetImport;
    /// use tower_service::Service;
    ///
    /// let mut service = imports.service();
    /// std::future::poll_fn(|cx| Service::<GetImport>::poll_ready(&mut service, cx)).await?;
    /// let reply = service.call(GetImport::new("b5f1")).await?;
    /// # Ok(()) }
    /// ```
    pub fn service(&self) -> ImportService {
        ImportService::new(self.clone())
    }

    /// Sends a status request and reads the answer, whatever its status.
    pub(crate) async fn poll(
        &self,
        job: &Job,
        options: &CallOptions,
        operation: &'static str,
    ) -> Result<Answer, Error> {
        self.poll_through(&mut self.client.service(), job, options, operation)
            .await
    }

    /// Sends a status request through a service and reads the answer, whatever its status.
    pub(crate) async fn poll_through(
        &self,
        service: &mut HttpService,
        job: &Job,
        options: &CallOptions,
        operation: &'static str,
    ) -> Result<Answer, Error> {
        let response = self.open(service, job, options, operation).await?;
        Answer::read(response, operation)
            .await
            .map_err(|error| job.set_on(error))
    }

    /// Sends a status request through a service and returns the answer with its body unread.
    pub(crate) async fn open(
        &self,
        service: &mut HttpService,
        job: &Job,
        options: &CallOptions,
        operation: &'static str,
    ) -> Result<Response<ResponseBody>, Error> {
        let (team, id) = self.check_poll(job, options, operation)?;
        let request = || self.poll_request(team, id, options);
        dispatch(service, operation, request)
            .await
            .map_err(|error| job.set_on(error))
    }

    /// Checks the team, the job id and the options of a status request.
    fn check_poll<'a>(
        &self,
        job: &'a Job,
        options: &CallOptions,
        operation: &'static str,
    ) -> Result<(Uuid, &'a JobId), Error> {
        let check = || {
            let id = job.id()?;
            let team = self.team.ok_or(ConfigError::NoTeam)?;
            options.check()?;
            Ok((team, id))
        };
        check().map_err(|error| Error::config(error, operation))
    }

    fn poll_request(&self, team: Uuid, id: &JobId, options: &CallOptions) -> Request<Bytes> {
        let mut text = Uuid::encode_buffer();
        let team: &str = team.hyphenated().encode_lower(&mut text);
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.client.base_url().join([
            Part::Plain("/v2/prism/"),
            Part::Plain(team),
            Part::Plain("/imports/"),
            Part::Segment(id.as_str()),
        ]);
        options.apply(&mut request);
        self.client
            .complete(&mut request, "/v2/prism/{teamId}/imports/{jobId}");
        request
    }
}

/// Sends a request through a service once it is ready and returns the answer with its body unread.
///
/// The request is built after the service is ready, which keeps it out of the state of the future.
pub(crate) async fn dispatch(
    service: &mut HttpService,
    operation: &'static str,
    request: impl FnOnce() -> Request<Bytes>,
) -> Result<Response<ResponseBody>, Error> {
    let no_answer = |error| Error::no_answer(error, operation);
    poll_fn(|cx| service.poll_ready(cx))
        .await
        .map_err(no_answer)?;
    service.call(request()).await.map_err(no_answer)
}

/// A job id as the caller passed it. It is checked when the call is sent, which keeps `get` infallible.
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

    /// Sets the job of an error.
    pub(crate) fn set_on(&self, error: Error) -> Error {
        error.with(|inner| inner.job = self.0.clone().ok())
    }
}
