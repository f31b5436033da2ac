//! The job itself.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    Complete, Details, Failed, Finding, JobError, JobId, Processing, Progress, Row, Unrecognized,
    times::Time,
};
use crate::wire::{ErrorBody, Snapshot, Status};

/// An import job in one of its states.
///
/// ```text
///                    ┌──────────────┐
///     202 ──────────►│  Processing  │◄───┐ known status
///                    └──┬────────┬──┘    │
///             rows done │        │ error │     ┌────────────────┐
///                       │        │       └────►│  Unrecognized  │ polled like Processing
///                       ▼        ▼             └──┬──────────┬──┘
///     200 ──►┌──────────────┐ ┌──────────┐        │          │
///            │   Complete   │ │  Failed  │◄───────┼──────────┘
///            └──────────────┘ └──────────┘        │
///                   ▲  final     final            │
///                   └─────────────────────────────┘
/// ```
///
/// A job is converted from a [`Snapshot`] by [`ImportJob::try_from`] or [`ImportJob::from_slice`], and changes only
/// through [`ImportJob::observe`].
///
/// A job serializes as a snapshot. Deserializing validates it again, so a job from a database is as valid as one from
/// the server. Unknown fields, results of an unfinished job and an unusable id are not part of the serialized job. The
/// format of older servers is converted to the current one.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let job = ImportJob::from_slice(br#"{"job_id":"j-1","status":"processing","total":3,"processed":1}"#)?;
/// match &job {
///     ImportJob::Processing(job) => assert_eq!(job.progress().total(), 3),
///     ImportJob::Complete(job) => println!("{} rows failed", job.failed_rows().count()),
///     ImportJob::Failed(job) => println!("failed: {:?}", job.error()),
///     ImportJob::Unrecognized(job) => println!("{}?", job.status()),
/// }
/// let json = serde_json::to_vec(&job).unwrap();
/// assert_eq!(ImportJob::from_slice(&json)?, job);
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the documented states, and one for unknown states"
)]
pub enum ImportJob {
    /// Rows are being imported.
    Processing(Processing),
    /// Every row was processed.
    Complete(Complete),
    /// The job failed as a whole.
    Failed(Failed),
    /// The job has a status that this version does not know.
    Unrecognized(Unrecognized),
}

impl ImportJob {
    /// Returns the job id; `None` for a sync import, which is finished and not stored by the server.
    pub fn id(&self) -> Option<&JobId> {
        match self {
            Self::Processing(job) => Some(job.id()),
            Self::Complete(job) => job.id(),
            Self::Failed(job) => job.id(),
            Self::Unrecognized(job) => Some(job.id()),
        }
    }

    /// Returns the status as on the wire.
    pub fn status(&self) -> Status {
        match self {
            Self::Processing(_) => Status::Processing,
            Self::Complete(_) => Status::Complete,
            Self::Failed(_) => Status::Failed,
            Self::Unrecognized(job) => Status::Unknown(job.status().clone()),
        }
    }

    /// Returns `true` if the job is complete or failed. Both states are final.
    pub fn is_finished(&self) -> bool {
        match self {
            Self::Complete(_) | Self::Failed(_) => true,
            Self::Processing(_) | Self::Unrecognized(_) => false,
        }
    }

    /// Returns the progress of the job.
    pub fn progress(&self) -> Progress {
        match self {
            Self::Processing(job) => job.progress(),
            Self::Complete(job) => job.progress(),
            Self::Failed(job) => job.progress(),
            Self::Unrecognized(job) => job.progress(),
        }
    }

    /// Returns the rows of a finished job; `None` if it has no results or is unfinished.
    pub fn rows(&self) -> Option<&[Row]> {
        match self {
            Self::Complete(job) => job.rows(),
            Self::Failed(job) => job.rows(),
            Self::Processing(_) | Self::Unrecognized(_) => None,
        }
    }

    /// Returns the server's error. If the job has not failed, it is a deviation.
    pub fn error(&self) -> Option<&JobError> {
        self.details().error()
    }

    /// Returns the timestamps and deviations of the job.
    pub fn details(&self) -> &Details {
        match self {
            Self::Processing(job) => job.details(),
            Self::Complete(job) => job.details(),
            Self::Failed(job) => job.details(),
            Self::Unrecognized(job) => job.details(),
        }
    }

    pub(super) fn details_mut(&mut self) -> &mut Details {
        match self {
            Self::Processing(job) => &mut job.details,
            Self::Complete(job) => &mut job.details,
            Self::Failed(job) => &mut job.details,
            Self::Unrecognized(job) => &mut job.details,
        }
    }

    /// Removes the rows, which were returned one by one.
    pub(crate) fn without_rows(mut self) -> Self {
        match &mut self {
            Self::Complete(job) => job.rows = None,
            Self::Failed(job) => job.rows = None,
            Self::Processing(_) | Self::Unrecognized(_) => {}
        }
        self
    }

    /// Returns the deviations of the snapshot from the contract, sorted by row and rule.
    pub fn deviations(&self) -> &[Finding] {
        self.details().deviations()
    }
}

impl From<&ImportJob> for Snapshot {
    fn from(job: &ImportJob) -> Self {
        let progress = job.progress();
        let times = &job.details().times;
        let text = |time: &Option<Time>| time.as_ref().map(Time::to_text);
        // Validation accepts no count above `i64::MAX`.
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut snapshot = Self::new(job.status(), count(progress.total()));
        snapshot.job_id = job.id().map(ToString::to_string);
        snapshot.processed = progress.processed().map(count);
        snapshot.succeeded = progress.succeeded().map(count);
        snapshot.failed = progress.failed().map(count);
        snapshot.results = job.rows().map(|rows| rows.iter().map(Into::into).collect());
        snapshot.error = job.error().map(ErrorBody::from);
        snapshot.created_at = text(&times.created_at);
        snapshot.updated_at = text(&times.updated_at);
        snapshot.expires_at = text(&times.expires_at);
        snapshot
    }
}

impl Serialize for ImportJob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Snapshot::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ImportJob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Snapshot::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Implements serde for the states. A state serializes as the job and deserializes only from a job in that state.
macro_rules! impl_states {
    ($($state:ident: $name:literal,)*) => {$(
        impl From<$state> for ImportJob {
            fn from(job: $state) -> Self {
                Self::$state(job)
            }
        }

        impl Serialize for $state {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                ImportJob::$state(self.clone()).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $state {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let ImportJob::$state(job) = ImportJob::deserialize(deserializer)? else {
                    return Err(D::Error::custom(concat!("expected a job that is ", $name)));
                };
                Ok(job)
            }
        }
    )*};
}

impl_states! {
    Processing: "processing",
    Complete: "complete",
    Failed: "failed",
    Unrecognized: "in an unknown state",
}
