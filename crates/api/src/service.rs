//! The calls as tower services.

use std::{
    mem,
    task::{Context, Poll},
};

use prism_imports_core::ImportJob;
use prism_imports_transport::HttpService;
use tower_service::Service;

use crate::{
    call::{CallFuture, CallOptions, GET, Reply, call_options},
    error::Error,
    imports::{Imports, Job},
    submit::{SubmitImport, Submitted},
};

/// The import jobs of one team as a tower service of typed calls. Made by [`Imports::service`].
///
/// Limits of concurrency, caches, load shedding and doubles for tests go around it, and see jobs instead of
/// bytes. `poll_ready` is that of the HTTP stack beneath, whose layers may hold a call back.
///
/// ```
/// use prism_imports::{Error, GetImport, ImportJob, Reply};
/// use tower_service::Service;
///
/// /// Works with the client as with any double of it.
/// async fn is_finished<S>(service: &mut S, job: &str) -> Result<bool, Error>
/// where
///     S: Service<GetImport, Response = Reply<ImportJob>, Error = Error>,
/// {
///     std::future::poll_fn(|cx| service.poll_ready(cx)).await?;
///     let reply = service.call(GetImport::new(job)).await?;
///     Ok(reply.value().is_finished())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ImportService {
    imports: Imports,
    http: HttpService,
}

impl ImportService {
    pub(crate) fn new(imports: Imports) -> Self {
        Self {
            http: imports.client.service(),
            imports,
        }
    }

    /// Takes the service that was found ready, and leaves one that was not asked yet.
    fn ready(&mut self) -> HttpService {
        let next = self.http.clone();
        mem::replace(&mut self.http, next)
    }

    fn poll_http(
        &mut self,
        cx: &mut Context<'_>,
        operation: &'static str,
    ) -> Poll<Result<(), Error>> {
        self.http
            .poll_ready(cx)
            .map_err(|error| Error::no_answer(error, operation))
    }
}

impl Service<GetImport> for ImportService {
    type Response = Reply<ImportJob>;
    type Error = Error;
    type Future = CallFuture<Reply<ImportJob>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_http(cx, GET)
    }

    fn call(&mut self, get: GetImport) -> Self::Future {
        let (imports, mut http) = (self.imports.clone(), self.ready());
        Box::pin(async move {
            let answer = imports
                .poll_through(&mut http, &get.job, &get.options, GET)
                .await?;
            let job = answer.job(GET).map_err(|error| get.job.name(error))?;
            Ok(Reply::new(answer, job))
        })
    }
}

impl Service<SubmitImport> for ImportService {
    type Response = Reply<Submitted>;
    type Error = Error;
    type Future = CallFuture<Reply<Submitted>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_http(cx, "submit import")
    }

    fn call(&mut self, submit: SubmitImport) -> Self::Future {
        let (imports, mut http) = (self.imports.clone(), self.ready());
        Box::pin(async move { submit.send(&imports, &mut http).await })
    }
}

/// One look at a job, as a request for [`ImportService`].
///
/// ```
/// use std::time::Duration;
/// use prism_imports::GetImport;
///
/// let get = GetImport::new("b5f1").timeout(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until a service is called with it"]
pub struct GetImport {
    job: Job,
    options: CallOptions,
}

impl GetImport {
    call_options!();

    /// Creates a look at a job; an id that cannot be one is refused by the call.
    pub fn new(job: impl AsRef<str>) -> Self {
        Self {
            job: Job::new(job.as_ref()),
            options: CallOptions::default(),
        }
    }
}
