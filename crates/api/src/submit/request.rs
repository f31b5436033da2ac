//! The request of a submit.

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use prism_imports_core::{
    ImportJob, JobId,
    wire::{Snapshot, Status},
};
use prism_imports_transport::{HttpService, Replay};
use uuid::Uuid;

use super::{IdempotencyKey, ObjectType, Submitted};
use crate::{
    call::{Answer, CallOptions, Reply},
    client::Part,
    error::{Commit, ConfigError, Error},
    finished::Finished,
    handle::ImportHandle,
    imports::{Imports, dispatch},
};

/// A validated and serialized import with its idempotency key. Created by
/// [`Submit::into_request`](super::Submit::into_request) for [`Imports::service`].
///
/// Clones are the same import: they have the same bytes and the same key.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use prism_imports::ObjectType;
/// use serde_json::json;
/// use tower::ServiceExt;
///
/// let rows = [json!({"default": {"email": "ada@example.com"}})];
/// let import = imports.submit(ObjectType::Contact).rows(rows).into_request()?;
/// let reply = imports.service().oneshot(import.clone()).await?;
/// assert!(imports.service().oneshot(import).await?.is_replay());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SubmitImport {
    pub(super) object_type: ObjectType,
    pub(super) body: Bytes,
    pub(super) key: IdempotencyKey,
    pub(super) keyed_retries: bool,
    pub(super) options: CallOptions,
}

impl SubmitImport {
    /// Returns the idempotency key of the import.
    pub fn key(&self) -> &IdempotencyKey {
        &self.key
    }

    /// Returns the type of the rows.
    pub fn object_type(&self) -> &ObjectType {
        &self.object_type
    }

    /// Sends the import through a service.
    pub(crate) async fn send(
        &self,
        imports: &Imports,
        service: &mut HttpService,
    ) -> Result<Reply<Submitted>, Error> {
        let began = imports.client.now();
        let with_key = |error: Error| {
            error.with(|inner| {
                inner.key = Some(self.key.clone());
                inner.submitted_at = Some(began);
            })
        };
        let team = imports
            .team
            .ok_or_else(|| refuse(ConfigError::NoTeam, &self.key))?;
        let request = self
            .request(imports, &team.to_string())
            .map_err(|error| refuse(error, &self.key))?;
        let response = dispatch(service, SUBMIT, || request)
            .await
            .map_err(with_key)?;
        let answer = Answer::read(response, SUBMIT).await.map_err(with_key)?;
        let started =
            |id: &JobId| ImportHandle::new(team, id.clone()).with_key(Some(self.key.clone()));
        let submitted = match answer.job(SUBMIT) {
            Ok(ImportJob::Complete(job)) => Submitted::Finished(Finished::Complete(job)),
            Ok(ImportJob::Failed(job)) => Submitted::Finished(Finished::Failed(job)),
            Ok(ImportJob::Processing(job)) => Submitted::Started(started(job.id())),
            Ok(ImportJob::Unrecognized(job)) => Submitted::Started(started(job.id())),
            Err(error) => match job_of(imports, team, &answer, &error).as_ref().map(started) {
                // The counters of a running job may be inconsistent. The job exists, and the next poll may be consistent.
                Some(handle) if error.snapshot().is_some_and(is_unfinished) => {
                    Submitted::Started(handle)
                }
                handle => {
                    return Err(with_key(error).with(|inner| {
                        inner.job = handle.as_ref().map(|handle| handle.job_id().clone());
                        inner.handle = handle;
                    }));
                }
            },
        };
        Ok(Reply::new(answer, submitted))
    }

    /// Builds the request, which every attempt sends unchanged.
    fn request(&self, imports: &Imports, team: &str) -> Result<Request<Bytes>, ConfigError> {
        let path = [
            Part::Plain("/v2/prism/"),
            Part::Plain(team),
            Part::Plain("/"),
            Part::Segment(self.object_type.check()?),
            Part::Plain("/import"),
        ];
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = imports.client.base_url().join(path);
        self.options.apply(&mut request);
        request.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        request
            .headers_mut()
            .insert(IDEMPOTENCY_KEY, self.key.to_header()?);
        request.extensions_mut().insert(if self.keyed_retries {
            Replay::Keyed
        } else {
            Replay::Never
        });
        imports
            .client
            .complete(&mut request, "/v2/prism/{teamId}/{objectType}/import");
        Ok(request)
    }
}

impl fmt::Debug for SubmitImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitImport")
            .field("object_type", &self.object_type)
            .field("bytes", &self.body.len())
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Finds the job id of an undecodable answer, in its snapshot or in a `Location` of the same origin.
fn job_of(imports: &Imports, team: Uuid, answer: &Answer, error: &Error) -> Option<JobId> {
    let named = error
        .snapshot()
        .and_then(|snapshot| snapshot.job_id.as_deref());
    if let Some(id) = named.and_then(|id| JobId::new(id).ok()) {
        return Some(id);
    }
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let team = team.to_string();
    let path = [
        Part::Plain("/v2/prism/"),
        Part::Plain(&team),
        Part::Plain("/imports"),
    ];
    imports.client.base_url().last_segment(location, path)
}

fn is_unfinished(snapshot: &Snapshot) -> bool {
    match snapshot.status {
        Status::Complete | Status::Failed => false,
        Status::Processing | Status::Unknown(_) | _ => true,
    }
}

/// Returns the error of an import that was not sent.
pub(super) fn refuse(error: ConfigError, key: &IdempotencyKey) -> Error {
    Error::config(error, SUBMIT).with(|inner| {
        inner.key = Some(key.clone());
        inner.commit = Some(Commit::NotCommitted);
    })
}

const SUBMIT: &str = "submit import";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
