//! The job itself.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    Complete, Details, Failed, Finding, JobError, JobId, Processing, Progress, Row, Summary,
    Unrecognized, times::Time,
};
use crate::wire::{self, ErrorBody, Snapshot, Status};

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
/// A job serializes as a snapshot with a version, one row after the other. Deserializing validates it again. A stored job
/// stays readable if a later version of this crate has stricter rules: what they refuse in it becomes a deviation. Unknown
/// fields, results of an unfinished job and an unusable id are not part of the serialized job. The format of older servers
/// is converted to the current one.
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
    fn view(&self) -> View<'_> {
        match self {
            Self::Processing(job) => job.into(),
            Self::Complete(job) => job.into(),
            Self::Failed(job) => job.into(),
            Self::Unrecognized(job) => job.into(),
        }
    }

    /// Returns the job id; `None` for a sync import, which is finished and not stored by the server.
    pub fn id(&self) -> Option<&JobId> {
        self.view().id
    }

    /// Returns the status as on the wire.
    pub fn status(&self) -> Status {
        self.view().status
    }

    /// Returns `true` if the job is complete or failed. Both states are final.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Complete(_) | Self::Failed(_))
    }

    /// Returns the progress of the job.
    pub fn progress(&self) -> Progress {
        self.view().progress
    }

    /// Returns the rows of a finished job; `None` if it has no results or is unfinished.
    pub fn rows(&self) -> Option<&[Row]> {
        self.view().rows
    }

    /// Consumes the job and returns its rows.
    pub fn into_rows(mut self) -> Option<Vec<Row>> {
        self.take_rows()
    }

    fn take_rows(&mut self) -> Option<Vec<Row>> {
        match self {
            Self::Complete(job) => job.rows.take(),
            Self::Failed(job) => job.rows.take(),
            Self::Processing(_) | Self::Unrecognized(_) => None,
        }
    }

    /// Returns the job without its rows, in a form for status pages.
    pub fn summary(&self) -> Summary {
        self.into()
    }

    /// Returns the server's error. If the job has not failed, it is a deviation.
    pub fn error(&self) -> Option<&JobError> {
        self.details().error()
    }

    /// Returns the timestamps and deviations of the job.
    pub fn details(&self) -> &Details {
        self.view().details
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
        self.take_rows();
        self
    }

    /// Returns the deviations of the snapshot from the contract, sorted by row and rule.
    pub fn deviations(&self) -> &[Finding] {
        self.details().deviations()
    }
}

/// What a job in any state has.
struct View<'a> {
    id: Option<&'a JobId>,
    status: Status,
    progress: Progress,
    rows: Option<&'a [Row]>,
    details: &'a Details,
}

impl View<'_> {
    /// Returns the snapshot of the job without its rows.
    fn head(&self) -> Snapshot {
        let (progress, details) = (&self.progress, self.details);
        let text = |time: &Option<Time>| match time.as_ref()? {
            Ok(time) => Some(time.to_string()),
            Err(text) => Some(text.clone()),
        };
        // Validation accepts no count above `i64::MAX`.
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut snapshot = Snapshot::new(self.status.clone(), count(progress.total()));
        snapshot.job_id = self.id.map(ToString::to_string);
        snapshot.processed = progress.processed().map(count);
        snapshot.succeeded = progress.succeeded().map(count);
        snapshot.failed = progress.failed().map(count);
        snapshot.error = details.error().map(ErrorBody::from);
        snapshot.created_at = text(&details.created_at);
        snapshot.updated_at = text(&details.updated_at);
        snapshot.expires_at = text(&details.expires_at);
        snapshot
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let job = StoredJob {
            stored_version: 1,
            head: self.head(),
            rows: self.rows.map(OneByOne),
        };
        job.serialize(serializer)
    }
}

impl From<&ImportJob> for Snapshot {
    fn from(job: &ImportJob) -> Self {
        let results = job.rows().map(|rows| rows.iter().map(Into::into).collect());
        Self {
            results,
            ..job.view().head()
        }
    }
}

/// A job as it is stored.
#[derive(Serialize)]
struct StoredJob<'a> {
    /// The version of the format. A server does not send it.
    stored_version: u8,
    #[serde(flatten)]
    head: Snapshot,
    #[serde(rename = "results", skip_serializing_if = "Option::is_none")]
    rows: Option<OneByOne<'a>>,
}

/// The name of the field with the version of the format of stored jobs.
pub(super) const STORED: &str = "stored_version";

/// Rows that are converted one by one, so that a large job is not in memory twice.
struct OneByOne<'a>(&'a [Row]);

impl Serialize for OneByOne<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(wire::Row::from))
    }
}

impl Serialize for ImportJob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ImportJob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Snapshot::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Implements what all states have. A state serializes as the job and deserializes only from a job in that state.
macro_rules! impl_states {
    ($job:ident: $($state:ident, $name:literal, $status:expr, $rows:expr;)*) => {$(
        impl $state {
            /// Returns the progress of the job.
            ///
            /// The numbers of succeeded and failed rows are `None` if the server sent neither counters nor all results.
            pub fn progress(&self) -> Progress {
                self.progress
            }

            /// Returns the timestamps and deviations of the job.
            pub fn details(&self) -> &Details {
                &self.details
            }
        }

        impl<'a> From<&'a $state> for View<'a> {
            fn from($job: &'a $state) -> Self {
                Self {
                    id: Option::from(&$job.id),
                    status: $status,
                    progress: $job.progress,
                    rows: $rows,
                    details: &$job.details,
                }
            }
        }

        impl From<$state> for ImportJob {
            fn from(job: $state) -> Self {
                Self::$state(job)
            }
        }

        impl Serialize for $state {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                View::from(self).serialize(serializer)
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
    job:
    Processing, "processing", Status::Processing, None;
    Complete, "complete", Status::Complete, job.rows.as_deref();
    Failed, "failed", Status::Failed, job.rows.as_deref();
    Unrecognized, "in an unknown state", Status::Unknown(job.status.clone()), None;
}
