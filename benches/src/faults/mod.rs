//! The scripts of [`prism_imports_tests::faults`], played to our client and to what people use in its place.
//!
//! Every cell of the table, a call of a client under a script, is a process of its own: the servers are this process's,
//! so that what the other took from the memory is the client's.
//!
//! # What is worse
//! A cell has a class. From the best to the worst:
//!
//! | class | what it is |
//! |---|---|
//! | answer | the job that was asked for |
//! | error | an error, in time |
//! | heavy | either, with more memory than the cap |
//! | late | either, after the deadline |
//! | harm | an unkeyed POST twice, a keyed one under another key or with other bytes, a secret at another origin, a foreign answer taken for one's own, an error that falsely says nothing was sent |
//!
//! A script is lost when ours, in one of the three calls,
//!
//! - has a worse class than another client has;
//! - has the same answer as another, or the same error of a fault that lasts, for more requests, or for as many and
//!   more connections;
//! - sends more requests than it was given attempts, those aside that were given back unlooked-at.
//!
//! A fault that may pass is worth every attempt that was given: who gives up earlier on it is not better. Time counts
//! by the deadline alone, since a wait that a server asked for is no fault.

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

/// What every client was given, for every call: three attempts that take all of their time do not fit into its deadline.
pub const TIMES: Times = Times {
    attempt: Duration::from_millis(600),
    deadline: Duration::from_millis(1_500),
    backoff: Duration::from_millis(50),
};

/// How many attempts every client was given.
pub const ATTEMPTS: u32 = 3;
