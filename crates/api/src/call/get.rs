//! A status request.

use std::future::IntoFuture;

use prism_imports_core::{ImportJob, wire::Snapshot};

use super::{Answer, CallFuture, CallOptions, Reply, call_options};
use crate::{
    error::Error,
    imports::{Imports, Job},
};

/// A status request for a job. Created by [`Imports::get`].
///
/// Await it for the job, or await [`Get::reply`] for the job with the status and headers of the answer. Dropping it
/// loses nothing.
///
/// # Errors
///
/// Every [`ErrorKind`](crate::ErrorKind) except `Gone`, `Expired` and `Stopped`, which need an earlier snapshot.
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
    pub(crate) imports: Imports,
    pub(crate) job: Job,
    pub(crate) options: CallOptions,
}

impl Get {
    call_options!();

    /// Returns the job with the status and headers of the answer.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<ImportJob>, Error> {
        let answer = self.imports.poll(&self.job, &self.options, GET).await?;
        let job = self.read(&answer)?;
        Ok(Reply::new(answer, job))
    }

    fn read(&self, answer: &Answer) -> Result<ImportJob, Error> {
        answer.job(GET).map_err(|error| self.job.set_on(error))
    }
}

impl IntoFuture for Get {
    type Output = Result<ImportJob, Error>;
    type IntoFuture = CallFuture<ImportJob>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let answer = self.imports.poll(&self.job, &self.options, GET).await?;
            self.read(&answer)
        })
    }
}

/// A status request whose snapshot is not validated. Created by [`Imports::snapshot`].
///
/// # Errors
///
/// As for [`Get`], except that a snapshot that contradicts itself is not an error.
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
    pub(crate) imports: Imports,
    pub(crate) job: Job,
    pub(crate) options: CallOptions,
}

impl GetSnapshot {
    call_options!();

    /// Returns the snapshot with the status and headers of the answer.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<Snapshot>, Error> {
        let answer = self.imports.poll(&self.job, &self.options, GET).await?;
        let snapshot = answer
            .snapshot(GET)
            .map_err(|error| self.job.set_on(error))?;
        Ok(Reply::new(answer, snapshot))
    }
}

impl IntoFuture for GetSnapshot {
    type Output = Result<Snapshot, Error>;
    type IntoFuture = CallFuture<Snapshot>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.reply().await.map(Reply::into_value) })
    }
}

pub(crate) const GET: &str = "get import";
