//! The import job: its states, its rows, and the validated conversion from a snapshot.

mod id;
mod progress;
mod rate;
mod tally;
mod error;
mod row;
mod index_set;
mod finding;
mod times;
mod details;
mod unfinished;
mod finished;
mod import_job;
mod summary;
mod ledger;
mod contradiction;
mod validate;
mod read;
mod row_decoder;
mod observe;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::finding::Claim;
pub use self::{
    contradiction::{Contradiction, ReadError},
    details::Details,
    error::{JobError, RowError},
    finding::{Finding, Rule, Severity},
    finished::{Complete, Failed, FailedRows},
    id::{JobId, JobIdError},
    import_job::ImportJob,
    observe::{Conflict, Observation, ObserveError},
    progress::Progress,
    rate::Rate,
    row::{Outcome, RecordId, Row},
    row_decoder::RowDecoder,
    summary::Summary,
    tally::Tally,
    unfinished::{Processing, Unrecognized},
};
