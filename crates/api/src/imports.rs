//! The import jobs of one team.

use prism_imports_core::ImportJob;
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};
use uuid::Uuid;

use crate::{
    calls::{
        Get, GetImports, GetSnapshot, Rows, Submit, SubmitImports, Wait, Watch, WatchCheckpoint,
    },
    client::Client,
    fleet::Fleet,
    http::Reply,
    ids::{ImportHandle, ObjectType},
    requests::GetImport,
    session::{Call, Session},
};

impl Client {
    /// Returns the import jobs of the client's team.
    pub fn imports(&self) -> Imports {
        let session = Session::new(self, self.inner.team);
        Imports { session }
    }

    /// Returns the import jobs of another team.
    pub fn imports_for(&self, team: Uuid) -> Imports {
        let session = Session::new(self, Some(team));
        Imports { session }
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
    pub fn get(&self, job: impl AsRef<str>) -> Get {
        let call = self.call(job.as_ref());
        Get { call }
    }

    /// Gets the snapshot of a job as the server sent it, without validation.
    pub fn snapshot(&self, job: impl AsRef<str>) -> GetSnapshot {
        let call = self.call(job.as_ref());
        GetSnapshot { call }
    }

    /// Watches a job until it is finished, as a stream of poll results.
    pub fn watch(&self, job: impl AsRef<str>) -> Watch {
        self.wait(job).watch()
    }

    /// Waits for a job to finish.
    pub fn wait(&self, job: impl AsRef<str>) -> Wait {
        Wait::new(self.call(job.as_ref()))
    }

    /// Returns a job by its handle, of any team.
    pub fn attach(&self, handle: ImportHandle) -> Attached {
        let session = self.session.clone();
        Attached { session, handle }
    }

    /// Resumes a stored watch, maybe of another process.
    ///
    /// Pace and limits are those of the stored watch unless they are set anew; the time in between counts.
    pub fn resume(&self, checkpoint: WatchCheckpoint) -> Watch {
        Watch::resumed(&self.session, checkpoint)
    }

    /// Submits rows of one type.
    pub fn submit(&self, object_type: impl Into<ObjectType>) -> Submit {
        Submit::new(&self.session, object_type.into())
    }

    /// Reads the rows of a finished import as a stream, in memory that does not grow with their number.
    pub fn rows(&self, job: impl AsRef<str>) -> Rows {
        Rows::new(self.call(job.as_ref()))
    }

    /// Follows many jobs in one task; see [`Fleet`].
    pub fn fleet(&self) -> Fleet {
        Fleet::of(&self.session)
    }

    /// Returns the tower service that gets jobs, for layers around typed calls.
    pub fn gets(&self) -> GetImports {
        let client = self.session.client.clone();
        GetImports { client }
    }

    /// Returns the tower service that submits imports, for layers around typed calls.
    pub fn submits(&self) -> SubmitImports {
        let client = self.session.client.clone();
        SubmitImports { client }
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

    fn call(&self, job: &str) -> Call {
        Call::new(&self.session, self.session.target(job))
    }
}

/// A job by its handle, maybe started by another process. Made by [`Imports::attach`](crate::Imports::attach).
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let handle = serde_json::from_str(stored)?;
/// let end = imports.attach(handle).wait().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Attached {
    session: Session,
    handle: ImportHandle,
}

impl Attached {
    /// Returns the handle.
    pub fn handle(&self) -> &ImportHandle {
        &self.handle
    }

    /// Gets the job, as [`Imports::get`](crate::Imports::get) does.
    pub fn get(&self) -> Get {
        let call = self.call();
        Get { call }
    }

    /// Gets the snapshot, as [`Imports::snapshot`](crate::Imports::snapshot) does.
    pub fn snapshot(&self) -> GetSnapshot {
        let call = self.call();
        GetSnapshot { call }
    }

    /// Watches the job, as [`Imports::watch`](crate::Imports::watch) does.
    pub fn watch(&self) -> Watch {
        self.wait().watch()
    }

    /// Waits for the job to finish, as [`Imports::wait`](crate::Imports::wait) does.
    pub fn wait(&self) -> Wait {
        Wait::new(self.call())
    }

    /// Reads the rows of the finished job, as [`Imports::rows`](crate::Imports::rows) does.
    pub fn rows(&self) -> Rows {
        Rows::new(self.call())
    }

    fn call(&self) -> Call {
        Call::new(&self.session, Ok(self.handle.clone()))
    }
}
