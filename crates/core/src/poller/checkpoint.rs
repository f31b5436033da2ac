//! The serializable state of a watch.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use super::machine::State;
use crate::ImportJob;

/// The serializable state of a watch: settings, timing, the server's clock, and the latest snapshot of the job.
///
/// Offsets still count from the start of the watch: a process that resumes it passes the current time minus the start
/// time, or [`clock`](Self::clock) plus the time since the checkpoint was taken. The checkpoint has the times at which
/// the counters were seen, and nothing that is derived from them.
///
/// It contains the version of its format. An unknown version cannot be read; [`from_slice`](Self::from_slice) returns
/// which one it is.
///
/// ```
/// use prism_imports_core::poller::{Checkpoint, Limits, Pace, Poller};
///
/// let stored = serde_json::to_string(&Poller::new(Pace::frugal(), Limits::default(), 7).checkpoint()).unwrap();
/// assert!(Checkpoint::from_slice(stored.as_bytes()).is_ok());
/// let newer = stored.replacen(r#""version":2"#, r#""version":9"#, 1);
/// let error = Checkpoint::from_slice(newer.as_bytes()).unwrap_err();
/// assert_eq!(error.unknown_version(), Some(9));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The first field, so that another version fails because of its number and not because of a missing field.
    #[serde(deserialize_with = "known_version")]
    version: u16,
    pub(super) state: State,
}

impl Checkpoint {
    pub(super) fn new(state: State) -> Self {
        Self {
            version: VERSION,
            state,
        }
    }

    /// Reads a checkpoint from its JSON.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] if the version is unknown or the JSON is not a checkpoint.
    pub fn from_slice(json: &[u8]) -> Result<Self, CheckpointError> {
        serde_json::from_slice(json).map_err(|source| {
            let stored: Value = serde_json::from_slice(json).unwrap_or_default();
            let version = stored.get("version").and_then(Value::as_u64);
            CheckpointError {
                unknown: version.filter(|version| *version != u64::from(VERSION)),
                source,
            }
        })
    }

    /// Returns the latest offset that was passed to the poller.
    pub fn clock(&self) -> Duration {
        self.state.schedule.clock
    }

    /// Returns the wall-clock time at which the watch began, if it was set.
    pub fn began(&self) -> Option<Timestamp> {
        self.state.began
    }

    /// Returns the latest snapshot of the job.
    pub fn job(&self) -> Option<&ImportJob> {
        self.state.job.as_ref()
    }
}

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format_args!(
            "stored in version {other}, and only version {VERSION} is known"
        ))),
    }
}

/// Why a stored [`Checkpoint`] cannot be read.
///
/// ```
/// use prism_imports_core::poller::Checkpoint;
///
/// let error = Checkpoint::from_slice(b"{}").unwrap_err();
/// assert_eq!(error.to_string(), "the checkpoint cannot be read");
/// assert_eq!(error.unknown_version(), None);
/// ```
#[derive(Debug, thiserror::Error)]
pub struct CheckpointError {
    unknown: Option<u64>,
    source: serde_json::Error,
}

impl CheckpointError {
    /// Returns the version of the checkpoint if this library does not know it.
    pub fn unknown_version(&self) -> Option<u64> {
        self.unknown
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unknown {
            Some(version) => write!(
                f,
                "the checkpoint has version {version}, and only version {VERSION} is known"
            ),
            None => f.write_str("the checkpoint cannot be read"),
        }
    }
}

/// The version of the format.
const VERSION: u16 = 2;
