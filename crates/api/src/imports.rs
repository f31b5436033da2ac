//! The import jobs of one team.

use prism_imports_core::ImportJob;
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};
use uuid::Uuid;

use crate::{
    calls::{
        self, Get, GetImports, GetSnapshot, Rows, Submit, SubmitImports, Watch, WatchCheckpoint,
    },
    client::Client,
    fleet::Fleet,
    http::{CallOptions, Reply},
    ids::{IdempotencyKey, IntoHandle, ObjectType},
    requests::GetImport,
    session::{Call, Session},
};

impl Client {
    /// Returns the import jobs of the client's team.
    pub fn imports(&self) -> Imports {
        self.imports_of(self.inner.team)
    }

    /// Returns the import jobs of another team.
    pub fn imports_for(&self, team: Uuid) -> Imports {
        self.imports_of(Some(team))
    }

    fn imports_of(&self, team: Option<Uuid>) -> Imports {
        let (client, gets) = (self.clone(), None);
        Imports {
            session: Session { client, team, gets },
        }
    }
}

/// The import jobs of one team. Made by [`Client::imports`].
///
/// The service has no call that cancels, lists or deletes import jobs, and no webhook: a job is submitted and polled
/// until it is finished. The server deletes it after 7 days.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let imports = prism_imports::Client::from_env()?.imports();
/// let job = imports.get("b5f1").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Imports {
    session: Session,
}

impl Imports {
    /// Gets a job.
    pub fn get(&self, job: impl IntoHandle) -> Get {
        let call = self.call(job);
        Get { call }
    }

    /// Gets the snapshot of a job as the server sent it, without validation.
    pub fn snapshot(&self, job: impl IntoHandle) -> GetSnapshot {
        let call = self.call(job);
        GetSnapshot { call }
    }

    /// Watches a job until it is finished, as a stream of poll results.
    pub fn watch(&self, job: impl IntoHandle) -> Watch {
        Watch::new(self.call(job))
    }

    /// Waits for a job to finish: a [watch](Self::watch) to be awaited.
    pub fn wait(&self, job: impl IntoHandle) -> Watch {
        self.watch(job)
    }

    /// Resumes a stored watch, maybe of another process.
    ///
    /// Pace and limits are those of the stored watch unless they are set anew; the time in between counts.
    pub fn resume(&self, checkpoint: WatchCheckpoint) -> Watch {
        Watch::resumed(&self.session, checkpoint)
    }

    /// Submits rows of one type.
    pub fn submit(&self, object_type: impl Into<ObjectType>) -> Submit {
        let Session { client, team, .. } = &self.session;
        let key = IdempotencyKey::mint_at(client.now());
        Submit::new(client.clone(), *team, object_type.into(), key)
    }

    /// Reads the rows of a finished import as a stream, in memory that does not grow with their number.
    pub fn rows(&self, job: impl IntoHandle) -> Rows {
        Rows::new(self.call(job))
    }

    /// Follows many jobs in one task; see [`Fleet`].
    pub fn fleet(&self) -> Fleet {
        Fleet::new(&self.session)
    }

    /// Returns the tower service that gets jobs, for layers around typed calls.
    pub fn gets(&self) -> GetImports {
        calls::gets(self.session.client.clone())
    }

    /// Returns the tower service that submits imports, for layers around typed calls.
    pub fn submits(&self) -> SubmitImports {
        calls::submits(self.session.client.clone())
    }

    /// Lets `get`, `wait`, `watch` and fleets poll through a service of typed calls: [`gets`](Self::gets) with layers
    /// around it, or a double of it in a test.
    ///
    /// Errors of the service that are not [`Error`](crate::Error) are read like those of a layer: tower's timeouts and
    /// `Overloaded` are temporary. Snapshots and rows are always requested by the client itself.
    #[must_use]
    pub fn over<S>(&self, service: S) -> Self
    where
        S: Service<GetImport, Response = Reply<ImportJob>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        let gets = BoxCloneSyncService::new(service.map_err(Into::into));
        let mut session = self.session.clone();
        session.gets = Some(gets);
        Self { session }
    }

    fn call(&self, job: impl IntoHandle) -> Call {
        Call {
            session: self.session.clone(),
            target: job.into_handle(self.session.team),
            options: CallOptions::default(),
        }
    }
}
