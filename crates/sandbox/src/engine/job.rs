//! One import: what becomes of its rows, and how far it is at an instant.

use std::time::Duration;

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prism_imports_core::wire::{ErrorBody, Row, Snapshot, Status};
use uuid::Uuid;

use super::records::Outcome;
use crate::clock::Epoch;

/// An import whose outcome is settled when it is submitted; only how much of it shows depends on the time.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) team: Uuid,
    rows: Vec<Outcome>,
    /// The positions of rejected rows, ascending.
    rejected: Vec<usize>,
    created: Duration,
    pace: Pace,
}

/// How fast rows are imported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long a job waits before its first row.
    pub(crate) start_delay: Duration,
    /// How long one row takes; never zero.
    pub(crate) per_row: Duration,
}

impl Job {
    /// Creates a job that starts at `created`.
    pub(super) fn new(team: Uuid, rows: Vec<Outcome>, created: Duration, pace: Pace) -> Self {
        let rejected = (0..)
            .zip(&rows)
            .filter(|(_, outcome)| matches!(outcome, Outcome::Rejected(_)))
            .map(|(at, _)| at)
            .collect();
        Self {
            team,
            rows,
            rejected,
            created,
            pace,
        }
    }

    /// Returns how many rows the job has.
    pub(super) fn total(&self) -> usize {
        self.rows.len()
    }

    /// Returns how many rows were attempted by `now`.
    pub(super) fn processed(&self, now: Duration) -> usize {
        let ran = now
            .saturating_sub(self.created)
            .saturating_sub(self.pace.start_delay);
        let rows = ran.as_nanos() / self.pace.per_row.as_nanos().max(1);
        usize::try_from(rows).map_or(self.total(), |rows| rows.min(self.total()))
    }

    /// Tells whether nothing about the job will change any more.
    pub(super) fn is_finished(&self, now: Duration) -> bool {
        self.processed(now) == self.total()
    }

    /// Tells what the job is at `now`.
    pub(super) fn snapshot(&self, id: &str, now: Duration, epoch: Epoch) -> Snapshot {
        let processed = self.processed(now);
        let mut snapshot = if self.is_finished(now) {
            self.complete()
        } else {
            let mut snapshot = Snapshot::new(Status::Processing, count(self.total()));
            let failed = self.rejected.partition_point(|&at| at < processed);
            snapshot.processed = Some(count(processed));
            snapshot.succeeded = Some(count(processed.saturating_sub(failed)));
            snapshot.failed = Some(count(failed));
            snapshot
        };
        snapshot.job_id = Some(id.to_owned());
        snapshot.created_at = Some(epoch.rfc3339(self.created));
        snapshot.updated_at = Some(epoch.rfc3339(self.reached(processed)));
        snapshot.expires_at = Some(epoch.rfc3339(self.expires()));
        snapshot
    }

    /// Tells what the job is as a sync import: finished, with no id.
    pub(super) fn inline(&self, epoch: Epoch) -> Snapshot {
        let mut snapshot = self.complete();
        snapshot.created_at = Some(epoch.rfc3339(self.created));
        snapshot.updated_at.clone_from(&snapshot.created_at);
        snapshot
    }

    /// Returns when the server forgets the job.
    pub(super) fn expires(&self) -> Duration {
        self.created.saturating_add(RETENTION)
    }

    /// Returns when the job had attempted so many rows.
    fn reached(&self, processed: usize) -> Duration {
        if processed == 0 {
            return self.created;
        }
        let rows = u32::try_from(processed).unwrap_or(u32::MAX);
        self.created
            .saturating_add(self.pace.start_delay)
            .saturating_add(self.pace.per_row.saturating_mul(rows))
    }

    fn complete(&self) -> Snapshot {
        let mut snapshot = Snapshot::new(Status::Complete, count(self.total()));
        snapshot.processed = Some(count(self.total()));
        snapshot.succeeded = Some(count(self.total().saturating_sub(self.rejected.len())));
        snapshot.failed = Some(count(self.rejected.len()));
        snapshot.results = Some((0..).zip(&self.rows).map(row).collect());
        snapshot
    }
}

fn row((index, outcome): (i64, &Outcome)) -> Row {
    let mut row = Row::default();
    row.input_index = Some(index);
    row.created = Some(matches!(outcome, Outcome::Created(_)));
    row.existing = Some(matches!(
        outcome,
        Outcome::Existing(_) | Outcome::Updated(_)
    ));
    match outcome {
        Outcome::Created(id) | Outcome::Existing(id) => row.id = Some(id.to_string()),
        Outcome::Updated(id) => {
            row.id = Some(id.to_string());
            row.updated = Some(true);
        }
        Outcome::Rejected(why) => row.error = Some(ErrorBody::new(why.code(), why.message())),
    }
    row
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Returns the path that a job is polled at.
pub(super) fn poll_path(team: Uuid, id: &str) -> HeaderValue {
    let id = utf8_percent_encode(id, ID);
    HeaderValue::try_from(format!("/v2/prism/{team}/imports/{id}"))
        .expect("a UUID and percent-encoded text are visible ASCII")
}

/// What is encoded in a path segment: all but the unreserved characters of RFC 3986.
const ID: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How long a job can be polled, by the API reference.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);
