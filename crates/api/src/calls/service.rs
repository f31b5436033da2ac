//! The calls as tower services.

use prism_imports_core::ImportJob;
use tower::util::{BoxCloneSyncService, service_fn};

use super::{Submitted, submit};
use crate::{
    client::Client,
    error::Error,
    http::Reply,
    requests::{GET, GetImport, SUBMIT, SubmitImport},
    telemetry::traced,
};

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

pub(crate) fn submits(client: Client) -> SubmitImports {
    BoxCloneSyncService::new(service_fn(move |import: SubmitImport| {
        let team = Some(import.team_id());
        traced(SUBMIT, team, None, submit::send(client.clone(), import))
    }))
}
