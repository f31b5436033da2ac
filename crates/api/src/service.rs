//! Typed calls as tower services.

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

/// A tower service of typed requests for the import jobs of one team. Created by [`Imports::service`].
///
/// Layers around this service, such as concurrency limits, caches and load shedding, handle jobs instead of bytes, and
/// tests can replace it with a double. `poll_ready` polls the readiness of the HTTP stack.
///
/// ```
/// use prism_imports::{Error, GetImport, ImportJob, Reply};
/// use tower_service::Service;
///
/// /// Accepts the client or a test double.
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

    /// Takes the ready service and leaves a clone in its place.
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
            let job = answer.job(GET).map_err(|error| get.job.set_on(error))?;
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

/// A status request for [`ImportService`].
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

    /// Creates a status request. The call fails if the job id is invalid.
    pub fn new(job: impl AsRef<str>) -> Self {
        Self {
            job: Job::new(job.as_ref()),
            options: CallOptions::default(),
        }
    }
}
