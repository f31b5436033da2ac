//! Prism import jobs as a validated state machine, with no HTTP, no clock and no chance in it.
//!
//! Three parts, each of use alone:
//!
//! - [`wire`]: what the server says, lossless, and decoders that never quote it.
//! - [`ImportJob`]: what it means. One border makes a job of a snapshot and finds everything that cannot be true;
//!   a job moves only by [`ImportJob::observe`], and counts only go on.
//! - [`poller`]: when to look at a job again, as a machine to which time is an argument.
//!
//! A queue worker, a server that stores jobs or a test needs nothing else; `prism-imports` is the client.
//!
//! ```
//! use prism_imports_core::{ImportJob, Observation};
//!
//! let first = br#"{"job_id":"j-1","status":"processing","total":2,"processed":1}"#;
//! let later = br#"{"job_id":"j-1","status":"complete","total":2,"processed":2,"succeeded":1,"failed":1,"results":[
//!     {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"error":{"code":"invalid_email"}}]}"#;
//! let job = ImportJob::from_slice(first)?;
//! let Ok(Observation::Advanced(ImportJob::Complete(job))) = job.observe(ImportJob::from_slice(later)?) else {
//!     unreachable!()
//! };
//! assert_eq!(job.tally().created(), 1);
//! assert_eq!(job.failed_rows().next().and_then(|row| row.index()), Some(1));
//! # Ok::<(), prism_imports_core::ReadError>(())
//! ```
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

mod job;
pub mod poller;
pub mod wire;

pub use self::job::{
    Complete, Conflict, Contradiction, Counts, CountsError, Details, Failed, FailedRows, Finding,
    ImportJob, JobError, JobId, JobIdError, Observation, Outcome, Processing, Progress, Rate,
    ReadError, RecordId, Refused, Row, RowError, Rule, Severity, Tally, Unrecognized,
};

#[cfg(test)]
mod tests;
