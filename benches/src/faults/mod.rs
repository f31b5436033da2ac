//! Runs the scripts of [`prism_imports_tests::faults`] with our client and with the alternatives.
//!
//! Each cell of the table is one call of one client under one script. The client runs in its own process and the
//! servers in this one, so the measured memory is that of the client.
//!
//! # Comparison
//! Each cell has a class, from the best to the worst:
//!
//! | class | meaning |
//! |---|---|
//! | answer | the requested job |
//! | error | an error within the deadline |
//! | heavy | either of them, with more memory than the cap |
//! | late | either of them, after the deadline |
//! | harm | an unkeyed POST sent twice, a keyed POST sent with another key or body, a secret sent to another origin, an unrequested answer accepted, an error that falsely reports that nothing was sent |
//!
//! Ours is worse in a script if in any of the three calls it
//!
//! - has a worse class than another client;
//! - has the same answer as another client, or the same error for a permanent fault, but needs more requests, or as many
//!   requests and more connections;
//! - sends more requests than the attempts it was allowed, without those that the server did not process.
//!
//! A client that gives up early on a transient fault is not better: such a fault is worth every allowed attempt. Time
//! counts only through the deadline, because a server may ask the client to wait.

mod cell;
mod clients;
mod report;
#[cfg(test)]
mod tests;
mod verdict;

use std::time::Duration;

use prism_imports_tests::faults::Times;

pub use self::{
    cell::{Cell, run_child},
    clients::Client,
    report::Report,
    verdict::{Class, Worse, worse},
};

/// The time limits of every call. Three attempts that use up their timeout do not fit into the deadline.
pub const TIMES: Times = Times {
    attempt: Duration::from_millis(600),
    deadline: Duration::from_millis(1_500),
    backoff: Duration::from_millis(50),
};

/// The number of attempts that every client is allowed.
pub const ATTEMPTS: u32 = 3;
