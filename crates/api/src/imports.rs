//! The import jobs of one team.

use prism_imports_core::ImportJob;
use tower::{BoxError, Service};
use uuid::Uuid;

use crate::{
    attached::Attached,
    calls::{
        Get, GetImports, GetSnapshot, Plan, Rows, Submit, SubmitImports, Wait, Watch,
        WatchCheckpoint,
    },
    client::Client,
    fleet::Fleet,
    http::Reply,
    ids::{ImportHandle, ObjectType},
    requests::GetImport,
    session::Session,
};

impl Client {
    /// Returns the import jobs of the client's team.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// let imports = client.imports();
    /// ```
    pub fn imports(&self) -> Imports {
        Imports {
            session: Session::new(self.clone(), self.team()),
        }
    }

    /// Returns the import jobs of another team.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// let imports = client.imports_for(uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11"));
    /// ```
    pub fn imports_for(&self, team: Uuid) -> Imports {
        Imports {
            session: Session::new(self.clone(), Some(team)),
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
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let job = imports.get("b5f1").await?;
    /// assert!(!job.is_finished());
    /// # Ok(()) }
    /// ```
    pub fn get(&self, job: impl AsRef<str>) -> Get {
        Get::new(self.session.clone(), self.session.target(job.as_ref()))
    }

    /// Gets the snapshot of a job as the server sent it, without validation.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let snapshot = imports.snapshot("b5f1").await?;
    /// # Ok(()) }
    /// ```
    pub fn snapshot(&self, job: impl AsRef<str>) -> GetSnapshot {
        GetSnapshot::new(self.session.clone(), self.session.target(job.as_ref()))
    }

    /// Watches a job until it is finished, as a stream of poll results.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let mut watch = imports.watch("b5f1");
    /// while let Some(update) = watch.next().await {
    ///     println!("{:?}", update?.job().map(|job| job.progress().fraction()));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch(&self, job: impl AsRef<str>) -> Watch {
        let target = self.session.target(job.as_ref());
        Watch::new(self.session.clone(), target, Plan::default())
    }

    /// Waits for a job to finish.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let end = imports.wait("b5f1").await?;
    /// println!("{}", end.progress());
    /// # Ok(()) }
    /// ```
    pub fn wait(&self, job: impl AsRef<str>) -> Wait {
        Wait::new(self.session.clone(), self.session.target(job.as_ref()))
    }

    /// Returns a job by its handle, of any team.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports, handle: prism_imports::ImportHandle)
    /// # -> Result<(), prism_imports::Error> {
    /// let end = imports.attach(handle).wait().await?;
    /// # Ok(()) }
    /// ```
    pub fn attach(&self, handle: ImportHandle) -> Attached {
        Attached::new(&self.session, handle)
    }

    /// Resumes a stored watch, maybe of another process.
    ///
    /// Pace and limits are those of the stored watch unless they are set anew; the time in between counts.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut watch = imports.resume(serde_json::from_str(stored)?);
    /// while let Some(update) = watch.next().await {
    ///     println!("{:?}", update?.job().map(|job| job.progress()));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn resume(&self, checkpoint: WatchCheckpoint) -> Watch {
        let session = self.session.with_team(checkpoint.handle().team_id());
        Watch::resumed(session, checkpoint)
    }

    /// Submits rows of one type.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// use prism_imports::ObjectType;
    /// use serde_json::json;
    ///
    /// let rows = [json!({"default": {"email": "ada@example.com"}})];
    /// let submitted = imports.submit(ObjectType::Contact).rows(rows).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn submit(&self, object_type: impl Into<ObjectType>) -> Submit {
        Submit::new(self.session.clone(), object_type.into())
    }

    /// Reads the rows of a finished import as a stream, in memory that does not grow with their number.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let mut rows = imports.rows("b5f1");
    /// while let Some(row) = rows.next().await {
    ///     println!("{:?}", row?.id());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn rows(&self, job: impl AsRef<str>) -> Rows {
        Rows::new(self.session.clone(), self.session.target(job.as_ref()))
    }

    /// Follows many jobs in one task; see [`Fleet`].
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// let fleet = client.imports().fleet();
    /// assert!(fleet.is_empty());
    /// ```
    pub fn fleet(&self) -> Fleet {
        Fleet::of(self.session.clone())
    }

    /// Returns the tower service that gets jobs, for layers around typed calls.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// use tower::ServiceExt;
    ///
    /// let get = imports.get("b5f1").into_request()?;
    /// let reply = imports.gets().oneshot(get).await?;
    /// # Ok(()) }
    /// ```
    pub fn gets(&self) -> GetImports {
        GetImports::new(self.session.client.clone())
    }

    /// Returns the tower service that submits imports, for layers around typed calls.
    pub fn submits(&self) -> SubmitImports {
        SubmitImports::new(self.session.client.clone())
    }

    /// Lets `get`, `wait`, `watch` and fleets poll through a service of typed calls: [`gets`](Self::gets) with layers
    /// around it, or a double of it in a test.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer};
    ///
    /// let imports = client.imports();
    /// // However many watches there are, two polls are under way at most.
    /// let limited = ServiceBuilder::new()
    ///     .layer(ConcurrencyLimitLayer::new(2))
    ///     .service(imports.gets());
    /// let imports = imports.over(limited);
    /// ```
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
        Self {
            session: self.session.over(service),
        }
    }
}
