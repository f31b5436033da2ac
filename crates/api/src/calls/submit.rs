//! Starting an import.

use http::header;
use prism_imports_core::{
    ImportJob, JobId,
    wire::{Snapshot, Status},
};
use uuid::Uuid;

use super::Finished;
use crate::{
    client::Client,
    error::Error,
    http::{Answer, Reply},
    ids::{IdempotencyKey, ImportHandle, ObjectType},
    requests::{SUBMIT, SubmitImport, SubmitImportBuilder, submit_options},
    session::Session,
    telemetry::{Trace, traced},
};

/// An import about to start. Made by [`Imports::submit`](crate::Imports::submit).
///
/// The rows are serialized once, as they are given. Every attempt sends the same bytes under the same key, so the
/// server carries the import out once; the key can be read and stored before anything is sent. If a submit
/// fails, [`Error::commit`] says whether the import may exist.
///
/// # Errors
///
/// [`ErrorKind::Argument`](crate::ErrorKind) before any traffic: no rows, a row without `default` and `list`, an
/// invalid key, type or option. After that every kind but `NotFound`, `Gone`, `Expired` and `Stopped`.
///
/// # Cancel safety
///
/// Dropping the future leaves open whether the server started the import: submit again with the same key and rows.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use prism_imports::{ObjectType, Submitted};
/// use serde_json::json;
///
/// let rows = [json!({"default": {"email": "ada@example.com"}})];
/// let submit = imports.submit(ObjectType::Contact).rows(rows).dedupe_by("email");
/// println!("store this first: {}", submit.key());
/// match submit.send().await? {
///     Submitted::Finished(end) => println!("done: {end:?}"),
///     Submitted::Started(handle) => println!("started: {}", handle.job_id()),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Submit {
    client: Client,
    import: SubmitImportBuilder,
}

impl Submit {
    submit_options!(import);

    pub(crate) fn new(session: &Session, object_type: ObjectType) -> Self {
        let key = IdempotencyKey::mint_at(session.client.now());
        Self {
            client: session.client.clone(),
            import: SubmitImportBuilder::new(session.team, object_type, key),
        }
    }

    /// Submits the import.
    ///
    /// # Errors
    ///
    /// See [`Submit`].
    pub async fn send(self) -> Result<Submitted, Error> {
        self.reply().await.map(Reply::into_value)
    }

    /// Submits the import and returns the head of the response too; [`Reply::is_replay`] shows whether the server
    /// repeats an earlier response.
    ///
    /// # Errors
    ///
    /// See [`Submit`].
    pub async fn reply(self) -> Result<Reply<Submitted>, Error> {
        let Self { client, import } = self;
        let team = Some(import.import.team_id()).filter(|team| !team.is_nil());
        let sent = async { send(client, import.build()?).await };
        traced(SUBMIT, team, None, sent).await
    }

    /// Makes the request, as a value that can be cloned and sent through [`SubmitImports`](crate::SubmitImports).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind), as for [`Submit::send`] before any traffic.
    pub fn into_request(self) -> Result<SubmitImport, Error> {
        self.import.build()
    }
}

awaited!(Submit => Submitted);

/// The result of a submit.
///
/// ```
/// use prism_imports::Submitted;
///
/// fn is_over(submitted: &Submitted) -> bool {
///     matches!(submitted, Submitted::Finished(_))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an import is finished at once or started"
)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per import, and it is taken apart at once"
)]
pub enum Submitted {
    /// The import was small enough to be carried out at once. The server does not keep it for polls.
    Finished(Finished),
    /// The import is under way.
    Started(ImportHandle),
}

/// Sends an import.
pub(super) async fn send(client: Client, import: SubmitImport) -> Result<Reply<Submitted>, Error> {
    let began = client.now();
    let named = |error: Error| {
        error.during(SUBMIT).with(|inner| {
            inner.key = Some(import.key().clone());
            inner.submitted_at = Some(began);
        })
    };
    let team = import.team_id();
    let request = import.to_http(&client.inner.base_url);
    let response = client.send(request).await.map_err(named)?;
    let answer = Answer::read(response).await.map_err(named)?;
    let started =
        |id: &JobId| ImportHandle::new(team, id.clone()).with_key(Some(import.key().clone()));
    let submitted = match answer.decode(ImportJob::from_slice) {
        Ok(ImportJob::Complete(job)) => Submitted::Finished(Finished::Complete(job)),
        Ok(ImportJob::Failed(job)) => Submitted::Finished(Finished::Failed(job)),
        Ok(ImportJob::Processing(job)) => Submitted::Started(started(job.id())),
        Ok(ImportJob::Unrecognized(job)) => Submitted::Started(started(job.id())),
        Err(error) => match job_of(&client, team, &answer, &error).as_ref().map(started) {
            // The counters of a job that is processing may be read while they move: the job exists, and the next
            // snapshot may be consistent.
            Some(handle) if error.snapshot().is_some_and(is_unfinished) => {
                Submitted::Started(handle)
            }
            handle => return Err(named(error).of_handle(handle.as_ref())),
        },
    };
    match &submitted {
        Submitted::Started(handle) => Trace::current().job(Some(handle.job_id()), None),
        Submitted::Finished(end) => Trace::current().job(None, Some(end.status())),
    }
    Ok(answer.map(|_| submitted))
}

/// Finds the job of a response that is not a job: in its snapshot, or in a `Location` of our origin.
fn job_of(client: &Client, team: Uuid, answer: &Answer, error: &Error) -> Option<JobId> {
    let named = error
        .snapshot()
        .and_then(|snapshot| JobId::new(snapshot.job_id.as_deref()?).ok());
    if named.is_some() {
        return named;
    }
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let path = ["v2", "prism", &team.to_string(), "imports"];
    client.inner.base_url.last_segment(location, &path)
}

fn is_unfinished(snapshot: &Snapshot) -> bool {
    !matches!(snapshot.status, Status::Complete | Status::Failed)
}
