//! A job by its handle.

use crate::{
    calls::{Get, GetSnapshot, Plan, Rows, Wait, Watch},
    ids::ImportHandle,
    session::{Call, Session},
};

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
    pub(crate) fn new(session: &Session, handle: ImportHandle) -> Self {
        Self {
            session: session.with_team(handle.team_id()),
            handle,
        }
    }

    /// Returns the handle.
    pub fn handle(&self) -> &ImportHandle {
        &self.handle
    }

    /// Gets the job, as [`Imports::get`](crate::Imports::get) does.
    pub fn get(&self) -> Get {
        Get::new(self.call())
    }

    /// Gets the snapshot, as [`Imports::snapshot`](crate::Imports::snapshot) does.
    pub fn snapshot(&self) -> GetSnapshot {
        GetSnapshot::new(self.call())
    }

    /// Watches the job, as [`Imports::watch`](crate::Imports::watch) does.
    pub fn watch(&self) -> Watch {
        Watch::new(self.call(), Plan::default())
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
