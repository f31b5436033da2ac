//! The calls as tower services.

use std::task::{Context, Poll};

use prism_imports_core::ImportJob;
use tower_service::Service;

use super::{CallFuture, Submitted, submit};
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
#[derive(Clone, Debug)]
pub struct GetImports {
    pub(crate) client: Client,
}

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
#[derive(Clone, Debug)]
pub struct SubmitImports {
    pub(crate) client: Client,
}

/// Makes a call the one of a service, which is always ready.
macro_rules! service {
    ($service:ty, $request:ty => $value:ty, $send:expr) => {
        impl Service<$request> for $service {
            type Response = Reply<$value>;
            type Error = Error;
            type Future = CallFuture<Reply<$value>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: $request) -> Self::Future {
                Box::pin($send(self.client.clone(), request))
            }
        }
    };
}

service!(GetImports, GetImport => ImportJob, async |client: Client, get: GetImport| {
    let got = client.get(&get);
    match get.operation {
        // The call that it is a part of has a span.
        Some(_) => got.await,
        None => traced(GET, Some(get.team_id()), Some(get.job_id()), got).await,
    }
});
service!(SubmitImports, SubmitImport => Submitted, async |client, import: SubmitImport| {
    let team = import.team_id();
    traced(SUBMIT, Some(team), None, submit::send(client, import)).await
});
