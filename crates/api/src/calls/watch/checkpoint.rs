//! A watch in a form to store.

use prism_imports_core::poller::Checkpoint;
use serde::{Deserialize, Serialize};

use crate::ids::ImportHandle;

/// A watch in a form to store: the handle, the last snapshot, and the time of the next poll. Made by
/// [`Watch::checkpoint`](crate::Watch::checkpoint), taken by [`Imports::resume`](crate::Imports::resume).
///
/// Its parts hold their version; an unknown version is refused.
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

    /// Returns the state of the poller, with the last snapshot of the job.
    pub fn poller(&self) -> &Checkpoint {
        &self.poller
    }

    pub(crate) fn into_parts(self) -> (ImportHandle, Checkpoint) {
        (self.handle, self.poller)
    }
}
