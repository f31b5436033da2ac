//! A fleet in a form to store.

use serde::{Deserialize, Serialize};

use crate::calls::WatchCheckpoint;

/// A fleet in a form to store. Made by [`Fleet::checkpoint`](crate::Fleet::checkpoint), taken by
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

    /// Returns the watches of the fleet, in no order; each holds the version of its form.
    pub fn watches(&self) -> &[WatchCheckpoint] {
        &self.watches
    }

    pub(super) fn into_watches(self) -> Vec<WatchCheckpoint> {
        self.watches
    }
}
