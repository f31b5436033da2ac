//! One request for the snapshot of a job.

use std::future::IntoFuture;

use prism_imports_core::{ImportJob, wire::Snapshot};

use super::CallFuture;
use crate::{
    error::Error,
    http::{CallOptions, Reply, call_options},
    requests::GetImport,
    session::{Session, Target},
};

/// Gets a job: one request, unless it has to be retried. Made by [`Imports::get`](crate::Imports::get).
///
/// Await it for the job, or [`Get::reply`] for the head of the response too. Dropping it loses nothing.
///
/// # Errors
///
/// Every [`ErrorKind`](crate::ErrorKind) but `Gone`, `Expired` and `Stopped`, which need an earlier snapshot.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use std::time::Duration;
///
/// let job = imports.get("b5f1").timeout(Duration::from_secs(5)).await?;
/// println!("{}", job.progress());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until it is awaited"]
pub struct Get {
    session: Session,
    target: Target,
    options: CallOptions,
}

impl Get {
    call_options!(options);

    pub(crate) fn new(session: Session, target: Target) -> Self {
        Self {
            session,
            target,
            options: CallOptions::default(),
        }
    }

    /// Gets the job, with the head of the response.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<ImportJob>, Error> {
        self.session.clone().get(self.into_request()?).await
    }

    /// Makes the request, as a value for [`GetImports`](crate::GetImports).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind) or `Config`: an invalid job id or timeout, no team.
    pub fn into_request(self) -> Result<GetImport, Error> {
        GetImport::of(&self.target, &self.options, GET)
    }
}

impl IntoFuture for Get {
    type Output = Result<ImportJob, Error>;
    type IntoFuture = CallFuture<ImportJob>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.reply().await.map(Reply::into_value) })
    }
}

/// Gets the snapshot of a job as the server sent it, without validation. Made by
/// [`Imports::snapshot`](crate::Imports::snapshot).
///
/// # Errors
///
/// As for [`Get`], but never `Contract` for a snapshot that contradicts itself.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// let snapshot = imports.snapshot("b5f1").await?;
/// println!("{} of {}", snapshot.processed.unwrap_or_default(), snapshot.total);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until it is awaited"]
pub struct GetSnapshot {
    session: Session,
    target: Target,
    options: CallOptions,
}

impl GetSnapshot {
    call_options!(options);

    pub(crate) fn new(session: Session, target: Target) -> Self {
        Self {
            session,
            target,
            options: CallOptions::default(),
        }
    }

    /// Gets the snapshot, with the head of the response.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<Snapshot>, Error> {
        let get = GetImport::of(&self.target, &self.options, GET)?;
        let answer = self.session.client.fetch(&get).await?;
        let snapshot = answer.snapshot(GET);
        let snapshot = snapshot.map_err(|error| error.of_job(get.job_id()))?;
        Ok(answer.map(|_| snapshot))
    }
}

impl IntoFuture for GetSnapshot {
    type Output = Result<Snapshot, Error>;
    type IntoFuture = CallFuture<Snapshot>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.reply().await.map(Reply::into_value) })
    }
}

const GET: &str = "get import";
