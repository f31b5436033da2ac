//! The serializable state of a watch.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Schedule, version::Version};
use crate::ImportJob;

/// The serializable state of a watch: settings, timing, and the latest snapshot of the job.
///
/// It contains the version of its format. Deserializing an unsupported version fails. Offsets still count from the
/// start of the watch: a process that resumes it passes the current time minus the start time, or
/// [`clock`](Self::clock) plus the time since the checkpoint was taken.
///
/// ```
/// use prism_imports_core::poller::{Checkpoint, Limits, Pace, Poller};
///
/// let stored = serde_json::to_string(&Poller::new(Pace::frugal(), Limits::default(), 7).checkpoint()).unwrap();
/// let newer = stored.replacen(r#""version":1"#, r#""version":9"#, 1);
/// let error = serde_json::from_str::<Checkpoint>(&newer).unwrap_err();
/// assert!(error.to_string().starts_with("stored in version 9, and only version 1 is known"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    version: Version<1>,
    began: Option<Timestamp>,
    stale: u32,
    #[serde(default)]
    stale_run: u32,
    schedule: Schedule,
    job: Option<ImportJob>,
}

impl Checkpoint {
    pub(super) fn new(
        schedule: Schedule,
        began: Option<Timestamp>,
        job: Option<ImportJob>,
        (stale, stale_run): (u32, u32),
    ) -> Self {
        Self {
            version: Version,
            began,
            stale,
            stale_run,
            schedule,
            job,
        }
    }

    /// Returns the latest offset that was passed to the poller.
    pub fn clock(&self) -> Duration {
        self.schedule.clock()
    }

    /// Returns the wall-clock time at which the watch began, if it was set.
    pub fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// Returns the latest snapshot of the job.
    pub fn job(&self) -> Option<&ImportJob> {
        self.job.as_ref()
    }

    pub(super) fn into_parts(self) -> (Schedule, Option<Timestamp>, Option<ImportJob>, (u32, u32)) {
        let stale = (self.stale, self.stale_run);
        (self.schedule, self.began, self.job, stale)
    }
}
