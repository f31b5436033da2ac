//! A client, a team, and the service through which jobs are polled.

use std::time::Duration;

use prism_imports_core::{ImportJob, JobId};
use prism_imports_transport::{self as transport, Kind, Phase, Scope};
use tower::{BoxError, ServiceExt, util::BoxCloneSyncService};
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
    pub(crate) gets: Option<BoxCloneSyncService<GetImport, Reply<ImportJob>, BoxError>>,
}

/// A job, and how to ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) session: Session,
    /// Checked when the call is made, so that `get` and the like return no `Result`.
    pub(crate) target: Result<ImportHandle, ConfigError>,
    pub(crate) options: CallOptions,
}

impl Call {
    pub(crate) fn team(&self) -> Option<Uuid> {
        let target = self.target.as_ref().ok();
        target.map(ImportHandle::team_id).or(self.session.team)
    }

    pub(crate) fn job(&self) -> Option<&JobId> {
        self.target.as_ref().ok().map(ImportHandle::job_id)
    }

    pub(crate) fn request(&self, operation: &'static str) -> Result<GetImport, Error> {
        let checked = self.options.check().and_then(|()| self.target.clone());
        let handle = checked.map_err(|error| Error::from(error).during(operation))?;
        Ok(GetImport {
            handle,
            options: self.options.clone(),
            operation: Some(operation),
        })
    }
}

impl Session {
    /// Gets a job, through the service if there is one.
    pub(crate) async fn get(&self, get: GetImport) -> Result<Reply<ImportJob>, Error> {
        let Some(service) = self.gets.clone() else {
            return self.client.get(&get).await;
        };
        let asked = get.clone();
        // A service may queue the request, and then its timeout has not begun yet.
        let timeout = asked.options.timeout.unwrap_or(Duration::MAX);
        let replied = async {
            let replied = service.oneshot(get).await;
            let reply = replied.map_err(Error::of_layer)?;
            // A layer may be a cache that mixes up its keys.
            let (head, answered) = reply.split();
            match answered.for_id(asked.job_id()) {
                Ok(job) => Ok(head.map(|()| job)),
                Err(error) => Err(Error::of_kind(ErrorKind::Contract).caused_by(error)),
            }
        };
        let replied = tokio::time::timeout(timeout, replied).await;
        let replied = replied.unwrap_or_else(|_| {
            let late = transport::Error::new(Kind::Timeout(Scope::Call), Phase::MaybeSent);
            Err(Error::unanswered(late.into()))
        });
        replied.map_err(|error| asked.named(error))
    }
}
