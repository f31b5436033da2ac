//! What a client tells of a call.

use std::time::Duration;

/// What came of a call, as its client tells it.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Told {
    /// What the call returned.
    pub outcome: Outcome,
    /// Whether it says that surely nothing of it was sent. Clients that cannot tell say no.
    pub unsent: bool,
    /// The time it took, where that was measured.
    pub elapsed: Option<Duration>,
    /// The most memory that its process had, in KiB, where that was measured.
    pub peak: Option<u64>,
}

/// What a call returned.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Outcome {
    /// The job that was asked for.
    Answer,
    /// Something that nobody asked for, taken for the job.
    Wrong,
    /// An error, in a word or two.
    Error(String),
}

impl Told {
    /// Makes what a client tells whose call was not measured.
    pub fn new(outcome: Outcome, unsent: bool) -> Self {
        Self {
            outcome,
            unsent,
            elapsed: None,
            peak: None,
        }
    }

    /// Makes what a client tells of a job's id.
    pub fn job(id: Option<&str>) -> Self {
        let right = id == Some(super::JOB_ID);
        Self::new(
            if right {
                Outcome::Answer
            } else {
                Outcome::Wrong
            },
            false,
        )
    }

    /// Makes what a client tells of an error.
    pub fn error(word: impl Into<String>) -> Self {
        Self::new(Outcome::Error(word.into()), false)
    }
}
