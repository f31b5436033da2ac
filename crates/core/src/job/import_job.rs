//! The job itself.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser::SerializeMap};

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
        self.view().progress
    }

    /// Returns the rows of a finished job; `None` if it has no results or is unfinished.
    pub fn rows(&self) -> Option<&[Row]> {
        self.view().rows
    }

    /// Consumes the job and returns its rows.
    pub fn into_rows(self) -> Option<Vec<Row>> {
        match self {
            Self::Complete(job) => job.rows,
            Self::Failed(job) => job.rows,
            Self::Processing(_) | Self::Unrecognized(_) => None,
        }
    }

    /// Returns the job without its rows, in a form for status pages.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
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

/// What a job in any state has.
struct View<'a> {
    id: Option<&'a JobId>,
    status: Status,
    progress: Progress,
    rows: Option<&'a [Row]>,
    details: &'a Details,
}

impl<'a> From<&'a Processing> for View<'a> {
    fn from(job: &'a Processing) -> Self {
        Self {
            id: Some(&job.id),
            status: Status::Processing,
            progress: job.progress,
            rows: None,
            details: &job.details,
        }
    }
}

impl<'a> From<&'a Complete> for View<'a> {
    fn from(job: &'a Complete) -> Self {
        Self {
            id: job.id.as_ref(),
            status: Status::Complete,
            progress: job.progress,
            rows: job.rows.as_deref(),
            details: &job.details,
        }
    }
}

impl<'a> From<&'a Failed> for View<'a> {
    fn from(job: &'a Failed) -> Self {
        Self {
            id: job.id.as_ref(),
            status: Status::Failed,
            progress: job.progress,
            rows: job.rows.as_deref(),
            details: &job.details,
        }
    }
}

impl<'a> From<&'a Unrecognized> for View<'a> {
    fn from(job: &'a Unrecognized) -> Self {
        Self {
            id: Some(&job.id),
            status: Status::Unknown(job.status.clone()),
            progress: job.progress,
            rows: None,
            details: &job.details,
        }
    }
}

impl View<'_> {
    /// Returns the snapshot of the job without its rows.
    fn head(&self) -> Snapshot {
        let (progress, times) = (&self.progress, &self.details.times);
        let text = |time: &Option<Time>| time.as_ref().map(Time::to_text);
        // Validation accepts no count above `i64::MAX`.
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut snapshot = Snapshot::new(self.status.clone(), count(progress.total()));
        snapshot.job_id = self.id.map(ToString::to_string);
        snapshot.processed = progress.processed().map(count);
        snapshot.succeeded = progress.succeeded().map(count);
        snapshot.failed = progress.failed().map(count);
        snapshot.error = self.details.error().map(ErrorBody::from);
        snapshot.created_at = text(&times.created_at);
        snapshot.updated_at = text(&times.updated_at);
        snapshot.expires_at = text(&times.expires_at);
        snapshot
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

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(STORED, &1)?;
        self.head().write_head(&mut map)?;
        if let Some(rows) = self.rows {
            map.serialize_entry("results", &OneByOne(rows))?;
        }
        map.end()
    }
}

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
    Processing: "processing",
    Complete: "complete",
    Failed: "failed",
    Unrecognized: "in an unknown state",
}

/// The field with the version of the format of stored jobs. A server does not send it.
pub(super) const STORED: &str = "stored_version";
