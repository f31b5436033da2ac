//! A job that already exists.

use crate::{
    call::{CallOptions, Get, GetSnapshot},
    client::Client,
    handle::ImportHandle,
    imports::{Imports, Job},
    rows::Rows,
    watch::{Wait, Watch},
};

/// A job that was started earlier, possibly by another process. Created by [`Imports::attach`].
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let handle = serde_json::from_str(stored)?;
/// let end = imports.attach(handle).wait().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Attached {
    imports: Imports,
    handle: ImportHandle,
}

impl Attached {
    pub(crate) fn new(client: Client, handle: ImportHandle) -> Self {
        Self {
            imports: Imports {
                client,
                team: Some(handle.team_id()),
            },
            handle,
        }
    }

    /// Returns the handle.
    pub fn handle(&self) -> &ImportHandle {
        &self.handle
    }

    /// Requests the job's state once, as [`Imports::get`] does.
    pub fn get(&self) -> Get {
        Get {
            imports: self.imports.clone(),
            job: self.job(),
            options: CallOptions::default(),
        }
    }

    /// Requests the job's snapshot without validating it, as [`Imports::snapshot`] does.
    pub fn snapshot(&self) -> GetSnapshot {
        GetSnapshot {
            imports: self.imports.clone(),
            job: self.job(),
            options: CallOptions::default(),
        }
    }

    /// Polls the job until it finishes, as [`Imports::watch`] does.
    pub fn watch(&self) -> Watch {
        Watch::new(self.imports.clone(), self.job())
    }

    /// Waits for the job to finish, as [`Imports::wait`] does.
    pub fn wait(&self) -> Wait {
        Wait::new(self.imports.clone(), self.job())
    }

    /// Reads the rows of the finished job one by one, as [`Imports::rows`] does.
    pub fn rows(&self) -> Rows {
        Rows::new(self.imports.clone(), self.job())
    }

    fn job(&self) -> Job {
        Job::of(self.handle.job_id().clone())
    }
}
