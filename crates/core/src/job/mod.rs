//! The import job: its states, its rows, and the validated conversion from a snapshot.

mod id;
mod progress;
mod tally;
mod error;
mod row;
mod index_set;
mod finding;
mod times;
mod details;
mod processing;
mod complete;
mod failed;
mod unrecognized;
mod import_job;
mod summary;
mod ledger;
mod counters;
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
    complete::{Complete, FailedRows},
    contradiction::{Contradiction, ReadError},
    details::Details,
    error::{JobError, RowError},
    failed::Failed,
    finding::{Finding, Rule, Severity},
    id::{JobId, JobIdError},
    import_job::ImportJob,
    observe::{Conflict, Observation, ObserveError},
    processing::Processing,
    progress::{Progress, Rate},
    row::{Outcome, RecordId, Row},
    row_decoder::RowDecoder,
    summary::Summary,
    tally::Tally,
    unrecognized::Unrecognized,
};
