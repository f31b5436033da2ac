//! The result of a call as its client reports it.

use std::time::Duration;

/// The result of a call as its client reports it.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Reported {
    /// The outcome of the call.
    pub outcome: Outcome,
    /// Whether the error guarantees that nothing was sent. `false` for clients that do not report it.
    pub unsent: bool,
    /// The duration of the call, if measured.
    pub elapsed: Option<Duration>,
    /// The peak memory of the process, in KiB, if measured.
    pub peak: Option<u64>,
}

/// The outcome of a call.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Outcome {
    /// The requested job.
    Answer,
    /// An answer that was not requested, accepted as the job.
    Wrong,
    /// An error, with a short message.
    Error(String),
}

impl Reported {
    /// Creates a report without measurements.
    pub fn new(outcome: Outcome, unsent: bool) -> Self {
        Self {
            outcome,
            unsent,
            elapsed: None,
            peak: None,
        }
    }

    /// Creates the report of a call that returned a job with this id.
    pub fn job(id: Option<&str>) -> Self {
        let is_requested = id == Some(super::JOB_ID);
        Self::new(
            if is_requested {
                Outcome::Answer
            } else {
                Outcome::Wrong
            },
            false,
        )
    }

    /// Creates the report of a call that failed.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Outcome::Error(message.into()), false)
    }
}
