//! A client, a team, and the service through which jobs are polled.

use prism_imports_core::{ImportJob, JobId};
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};
use uuid::Uuid;

use crate::{
    client::Client,
    error::{ConfigError, Error, ErrorKind},
    http::{CallOptions, Reply},
    ids::ImportHandle,
    requests::GetImport,
};

/// What every call needs.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) team: Option<Uuid>,
    /// The service that polls go through, if it is not the client itself.
    gets: Option<GetService>,
}

type GetService = BoxCloneSyncService<GetImport, Reply<ImportJob>, BoxError>;

/// A job that a call is about. It is checked when the call is made, so that `get` and the like return no `Result`.
pub(crate) type Target = Result<ImportHandle, ConfigError>;

/// A job, and how to ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) session: Session,
    pub(crate) target: Target,
    pub(crate) options: CallOptions,
}

impl Call {
    pub(crate) fn new(session: &Session, target: Target) -> Self {
        Self {
            session: session.clone(),
            target,
            options: CallOptions::default(),
        }
    }

    pub(crate) fn request(&self, operation: &'static str) -> Result<GetImport, Error> {
        GetImport::of(&self.target, &self.options, operation)
    }
}

impl Session {
    pub(crate) fn new(client: Client, team: Option<Uuid>) -> Self {
        Self {
            client,
            team,
            gets: None,
        }
    }

    pub(crate) fn with_team(&self, team: Uuid) -> Self {
        Self {
            team: Some(team),
            ..self.clone()
        }
    }

    /// Lets polls go through a service.
    pub(crate) fn over<S>(&self, service: S) -> Self
    where
        S: Service<GetImport, Response = Reply<ImportJob>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        Self {
            gets: Some(BoxCloneSyncService::new(service.map_err(Into::into))),
            ..self.clone()
        }
    }

    /// Begins a call about a job of the team.
    pub(crate) fn call(&self, job: &str) -> Call {
        let job = JobId::new(job).map_err(ConfigError::JobId);
        let team = || self.team.ok_or(ConfigError::NoTeam);
        Call::new(
            self,
            job.and_then(|job| Ok(ImportHandle::new(team()?, job))),
        )
    }

    /// Gets a job, through the service if there is one.
    pub(crate) async fn get(&self, get: GetImport) -> Result<Reply<ImportJob>, Error> {
        let Some(service) = self.gets.clone() else {
            return self.client.clone().get(get).await;
        };
        let (job, operation) = (get.job_id().clone(), get.operation);
        let (asked, timeout) = (job.clone(), get.options.timeout);
        let replied = async {
            let replied = service.oneshot(get).await;
            let reply = replied.map_err(|error| Error::of_layer(error, operation))?;
            // A layer may be a cache that mixes up its keys.
            let (head, answered) = (reply.head(), reply.into_value());
            let checked = answered.for_id(&asked).map_err(|error| {
                Error::new(ErrorKind::Contract, operation).with(|inner| inner.show(error))
            });
            checked.map(|job| head.map(|()| job))
        };
        // A service may queue the request, and then its timeout has not begun yet.
        let replied = match timeout {
            Some(timeout) => tokio::time::timeout(timeout, replied)
                .await
                .unwrap_or_else(|_| Err(Error::late(operation))),
            None => replied.await,
        };
        replied.map_err(|error| error.with(|inner| inner.job = inner.job.take().or(Some(job))))
    }
}
