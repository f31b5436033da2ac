//! One request for the snapshot of a job.

use prism_imports_core::{ImportJob, ReadError, wire::Snapshot};

use crate::{
    error::Error,
    http::{Answer, Reply, call_options},
    requests::{GET, GetImport},
    session::Call,
    telemetry::traced,
};

/// Gets a job: one request, unless it has to be retried. Made by [`Imports::get`](crate::Imports::get).
///
/// Await it for the job, or [`Get::reply`] for the head of the response too. Dropping it loses nothing.
///
/// The body is read whole before it is decoded, so that the call itself repeats a request whose body is cut short, and layers see
/// whole responses. [`Imports::wait`](crate::Imports::wait) takes the memory of a finished job's rows instead, and
/// [`Imports::rows`](crate::Imports::rows) that of one row.
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
    pub(crate) call: Call,
}

impl Get {
    call_options!(call.options);

    /// Gets the job, with the head of the response.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<ImportJob>, Error> {
        let call = self.call;
        let got = async { call.session.get(call.request(GET)?).await };
        traced(GET, call.team(), call.job(), got).await
    }

    /// Makes the request, as a value for [`GetImports`](crate::GetImports).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`](crate::ErrorKind) or `Config`: an invalid job id or timeout, no team.
    pub fn into_request(self) -> Result<GetImport, Error> {
        let get = self.call.request(GET)?;
        Ok(GetImport {
            operation: None,
            ..get
        })
    }
}

awaited!(Get => ImportJob);

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
    pub(crate) call: Call,
}

impl GetSnapshot {
    call_options!(call.options);

    /// Gets the snapshot, with the head of the response.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<Snapshot>, Error> {
        let call = self.call;
        let got = async {
            let get = call.request(GET)?;
            let got = async {
                let answer = Answer::read(call.session.client.request(&get).await?).await?;
                let decode = |body: &_| Snapshot::from_slice(body).map_err(ReadError::Decode);
                let snapshot = answer.decode(decode)?;
                Ok(answer.map(|_| snapshot))
            };
            let named = |error: Error| error.during(GET).of_job(get.job_id());
            got.await.map_err(named)
        };
        traced(GET, call.team(), call.job(), got).await
    }
}

awaited!(GetSnapshot => Snapshot);
