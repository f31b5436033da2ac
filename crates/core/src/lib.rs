//! Prism import jobs as a validated state machine, without HTTP, clocks or randomness.
//!
//! The crate has three parts. Each can be used alone:
//!
//! - [`wire`]: the server's JSON, decoded without loss. Decoding errors never quote the input.
//! - [`ImportJob`]: a validated job. The conversion from a snapshot reports every contradiction in it. A job changes
//!   only through [`ImportJob::observe`], and its counters never go back.
//! - [`poller`]: a sans-IO state machine that decides when to poll a job. Time is an argument.
//!
//! Queue workers, servers that store jobs and tests need only this crate. `prism-imports` is the HTTP client.
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
    Complete, Conflict, Contradiction, Details, Failed, FailedRows, Finding, ImportJob, JobError,
    JobId, JobIdError, Observation, ObserveError, Outcome, Processing, Progress, Rate, ReadError,
    RecordId, Row, RowDecoder, RowError, Rule, Severity, Summary, Tally, Unrecognized,
};

/// Compiles the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests;
