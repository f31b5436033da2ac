//! One request for the snapshot of a job, as a call and as a service.

use prism_imports_core::{ImportJob, ReadError, wire::Snapshot};
use tower::util::{BoxCloneSyncService, service_fn};

use crate::{
    client::Client,
    error::Error,
    http::{Reply, call_options},
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

/// Gets jobs, as a tower service. Made by [`Imports::gets`](crate::Imports::gets).
///
/// Put concurrency limits, caches or test doubles around or in place of it, and go back to calls and watches with
/// [`Imports::over`](crate::Imports::over). It is always ready.
///
/// ```
/// use prism_imports::{Error, GetImport, ImportJob, JobId, Reply};
/// use tower::{Service, ServiceExt};
///
/// /// Works with the client as with any double of it.
/// async fn is_finished<S>(service: &mut S, get: GetImport) -> Result<bool, Error>
/// where
///     S: Service<GetImport, Response = Reply<ImportJob>, Error = Error>,
/// {
///     let reply = service.ready().await?.call(get).await?;
///     Ok(reply.value().is_finished())
/// }
/// ```
pub type GetImports = BoxCloneSyncService<GetImport, Reply<ImportJob>, Error>;

pub(crate) fn gets(client: Client) -> GetImports {
    BoxCloneSyncService::new(service_fn(move |get: GetImport| {
        let client = client.clone();
        async move {
            let got = client.get(&get);
            match get.operation {
                // The call that it is a part of has a span.
                Some(_) => got.await,
                None => traced(GET, Some(get.team_id()), Some(get.job_id()), got).await,
            }
        }
    }))
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
        let decode = |body: &_| Snapshot::from_slice(body).map_err(ReadError::Decode);
        let got = async { call.session.client.read(&call.request(GET)?, decode).await };
        traced(GET, call.team(), call.job(), got).await
    }
}

awaited!(GetSnapshot => Snapshot);
