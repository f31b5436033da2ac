//! Starting an import.

use http::header;
use prism_imports_core::{
    ImportJob, JobId,
    wire::{Snapshot, Status},
};
use prism_imports_transport::{Replay, RequestBody};
use serde::Serialize;
use tower::util::{BoxCloneSyncService, service_fn};
use uuid::Uuid;

use super::Finished;
use crate::{
    client::Client,
    error::{ConfigError, Error, Hidden},
    http::{Answer, CallOptions, Reply, call_options},
    ids::{IdempotencyKey, ImportHandle, ObjectType},
    requests::{Body, SUBMIT, SubmitImport},
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
/// match submit.await? {
///     Submitted::Finished(end) => println!("done: {end:?}"),
///     Submitted::Started(handle) => println!("started: {}", handle.job_id()),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Submit<C = Client> {
    client: C,
    /// Still without its body.
    import: SubmitImport,
    body: Hidden<Body>,
}

impl<C> Submit<C> {
    pub(crate) fn new(
        client: C,
        team: Option<Uuid>,
        object_type: ObjectType,
        key: IdempotencyKey,
    ) -> Self {
        let mut body = Body::new();
        if team.is_none() {
            body.refuse(ConfigError::NoTeam);
        }
        Self {
            client,
            import: SubmitImport {
                team: team.unwrap_or_default(),
                object_type,
                body: RequestBody::default(),
                key,
                replay: Replay::Keyed,
                options: CallOptions::default(),
            },
            body: Hidden(body),
        }
    }

    /// Adds rows: each an object with `default`, `list` or both, of property values by slug.
    pub fn rows<T: Serialize>(mut self, rows: impl IntoIterator<Item = T>) -> Self {
        for row in rows {
            self.body.0.push(&row);
        }
        self
    }

    /// Matches rows with existing records by this property.
    pub fn dedupe_by(mut self, property: &str) -> Self {
        if property.trim().is_empty() {
            self.body
                .0
                .refuse_option("dedupe_by", "it names no property");
        }
        self.option("dedupe_by", property)
    }

    /// Sets whether the match ignores the case of letters; it does by the server's default.
    pub fn case_insensitive(self, yes: bool) -> Self {
        self.option("caseInsensitive", yes)
    }

    /// Puts the records on a list.
    pub fn list_id(self, list: Uuid) -> Self {
        self.option("list_id", list)
    }

    /// Sets whether options of a property that do not exist yet are created.
    pub fn create_missing_options(self, yes: bool) -> Self {
        self.option("create_missing_options", yes)
    }

    /// Sets whether a record that matches is updated with the row's values.
    pub fn update_existing(self, yes: bool) -> Self {
        self.option("update_existing", yes)
    }

    /// Sets whether each row must name its stage in the list, as `app_stage`.
    pub fn require_list_stage(self, yes: bool) -> Self {
        self.option("require_list_stage", yes)
    }

    /// Sets an option that this version does not name.
    pub fn option(mut self, name: &str, value: impl Serialize) -> Self {
        self.body.0.set_option(name, &value);
        self
    }

    /// Sets the key, in place of the one that was minted.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.import.key = key;
        self
    }

    /// Sets whether the submit is sent again under its key if an attempt may have reached the server; it is by default.
    ///
    /// Switch it off if the server does not honour `Idempotency-Key` for this endpoint. The key is sent all
    /// the same, and only an attempt that surely did not reach the server is repeated.
    pub fn keyed_retries(mut self, yes: bool) -> Self {
        self.import.replay = if yes { Replay::Keyed } else { Replay::Never };
        self
    }

    call_options!(import.options);

    /// Returns the key under which the import will be submitted.
    pub fn key(&self) -> &IdempotencyKey {
        &self.import.key
    }

    /// Checks the import and makes the request: a value that can be cloned and sent through [`SubmitImports`](crate::SubmitImports).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind), as for the submit before any traffic.
    pub fn into_request(self) -> Result<SubmitImport, Error> {
        let Self {
            mut import, body, ..
        } = self;
        let checked = (import.options.check())
            .and_then(|()| import.object_type.check())
            .and_then(|()| body.0.finish());
        let named = |error: Error| {
            error
                .during(SUBMIT)
                .with(|inner| inner.key = Some(import.key.clone()))
        };
        import.body = checked.map_err(Error::from).map_err(named)?.into();
        Ok(import)
    }
}

impl SubmitImport {
    /// Starts an import for a team, without a client.
    pub fn builder(team: Uuid, object_type: impl Into<ObjectType>) -> Submit<()> {
        Submit::new((), Some(team), object_type.into(), IdempotencyKey::mint())
    }
}

impl Submit {
    /// Submits the import and returns the head of the response too; [`Reply::is_replay`] shows whether the server
    /// repeats an earlier response.
    ///
    /// # Errors
    ///
    /// See [`Submit`].
    pub async fn reply(self) -> Result<Reply<Submitted>, Error> {
        let client = self.client.clone();
        let team = Some(self.import.team).filter(|team| !team.is_nil());
        let sent = async { send(client, self.into_request()?).await };
        traced(SUBMIT, team, None, sent).await
    }
}

awaited!(Submit => Submitted);

/// Submits imports, as a tower service. Made by [`Imports::submits`](crate::Imports::submits). It is always ready.
///
/// A layer may call it again with a clone of a request: it is the same import under the same key.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use prism_imports::ObjectType;
/// use serde_json::json;
/// use tower::ServiceExt;
///
/// let rows = [json!({"default": {"email": "ada@example.com"}})];
/// let import = imports.submit(ObjectType::Contact).rows(rows).into_request()?;
/// let reply = imports.submits().oneshot(import.clone()).await?;
/// assert!(imports.submits().oneshot(import).await?.is_replay());
/// # Ok(()) }
/// ```
pub type SubmitImports = BoxCloneSyncService<SubmitImport, Reply<Submitted>, Error>;

pub(crate) fn submits(client: Client) -> SubmitImports {
    BoxCloneSyncService::new(service_fn(move |import: SubmitImport| {
        let team = Some(import.team_id());
        traced(SUBMIT, team, None, send(client.clone(), import))
    }))
}

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
