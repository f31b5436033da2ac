//! The checkpoint of a watch.

use prism_imports_core::poller::Checkpoint;
use serde::{Deserialize, Serialize};

use crate::handle::ImportHandle;

/// The stored state of a watch: the handle, the last state of the job, and the time of the next poll. Created by
/// [`Watch::checkpoint`](crate::Watch::checkpoint), used by [`Imports::resume`](crate::Imports::resume).
///
/// Handle and poller state contain version numbers; an unknown version is rejected.
///
/// ```no_run
/// # fn example(imports: &prism_imports::Imports, stored: &str) -> Result<(), serde_json::Error> {
/// let checkpoint: prism_imports::WatchCheckpoint = serde_json::from_str(stored)?;
/// println!("resuming {}", checkpoint.handle().job_id());
/// let watch = imports.resume(checkpoint);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchCheckpoint {
    handle: ImportHandle,
    poller: Checkpoint,
}

impl WatchCheckpoint {
    pub(crate) fn new(handle: ImportHandle, poller: Checkpoint) -> Self {
        Self { handle, poller }
    }

    /// Returns the handle of the job.
    pub fn handle(&self) -> &ImportHandle {
        &self.handle
    }

    /// Returns the state of the poller, which includes the job as it was last seen.
    pub fn poller(&self) -> &Checkpoint {
        &self.poller
    }

    pub(crate) fn into_parts(self) -> (ImportHandle, Checkpoint) {
        (self.handle, self.poller)
    }
}
