//! Prism import jobs as a validated state machine.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

mod job;
pub mod poller;
pub mod wire;

pub use self::job::{
    Account, Complete, Conflict, Contradiction, Counts, CountsError, Details, Failed, FailedRows,
    Finding, ImportJob, JobError, JobId, JobIdError, Observation, Outcome, Processing, Progress,
    Rate, ReadError, RecordId, Refused, Row, RowError, Rule, Severity, Unrecognized,
};

#[cfg(test)]
mod tests;
