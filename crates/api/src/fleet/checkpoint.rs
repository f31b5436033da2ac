//! The checkpoint of a fleet.

use serde::{Deserialize, Serialize};

use crate::watch::WatchCheckpoint;

/// The stored state of a fleet. Created by [`Fleet::checkpoint`](crate::Fleet::checkpoint), used by
/// [`Fleet::restore`](crate::Fleet::restore).
///
/// ```
/// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
/// use prism_imports::{Fleet, FleetCheckpoint};
///
/// let stored = serde_json::to_string(&Fleet::new(&client).checkpoint()).unwrap();
/// let checkpoint: FleetCheckpoint = serde_json::from_str(&stored).unwrap();
/// assert!(Fleet::restore(&client, checkpoint).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FleetCheckpoint {
    watches: Vec<WatchCheckpoint>,
}

impl FleetCheckpoint {
    pub(super) fn new(watches: Vec<WatchCheckpoint>) -> Self {
        Self { watches }
    }

    /// Returns the checkpoints of the fleet's watches, in no particular order.
    pub fn watches(&self) -> &[WatchCheckpoint] {
        &self.watches
    }

    pub(super) fn into_watches(self) -> Vec<WatchCheckpoint> {
        self.watches
    }
}
