//! The state of an import over time.

use std::{num::NonZeroU32, time::Duration};

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prism_imports_core::wire::{ErrorBody, Row, Snapshot, Status};
use uuid::Uuid;

use super::outcome::Outcome;
use crate::clock::Epoch;

/// An import. Its outcome is determined by the submit; its visible progress depends on the time.
///
/// ```text
/// created ── start_delay ── row ── row ── [stall] ── row ── finished ── results_delay ── results
/// ```
#[derive(Debug)]
pub(super) struct Job {
    pub(super) team: Uuid,
    pub(super) object_type: String,
    /// The ordinal of the job, from 1; `None` for an import that finished in the response.
    pub(super) ordinal: Option<NonZeroU32>,
    rows: Vec<Outcome>,
    /// The positions of rejected rows, ascending.
    rejected: Vec<usize>,
    created: Duration,
    pace: Pace,
    plan: Plan,
}

/// The speed of imports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The delay before the first row of a job.
    pub(crate) start_delay: Duration,
    /// The duration of one row; never zero.
    pub(crate) per_row: Duration,
}

/// The faults of a job.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The percentage at which the job fails, and its error.
    pub(super) fail: Option<(u8, ErrorBody)>,
    /// The percentage at which the job stalls, and for how long; `None` is forever.
    pub(super) stall: Option<(u8, Option<Duration>)>,
    /// The delay of the results after the end of the job.
    pub(super) results_delay: Duration,
}

impl Job {
    /// Creates a job that starts at `created`.
    pub(super) fn new(
        (team, object_type): (Uuid, String),
        rows: Vec<Outcome>,
        created: Duration,
        pace: Pace,
    ) -> Self {
        let rejected = (0..)
            .zip(&rows)
            .filter(|(_, outcome)| outcome.is_rejected())
            .map(|(at, _)| at)
            .collect();
        Self {
            team,
            object_type,
            ordinal: None,
            rows,
            rejected,
            created,
            pace,
            plan: Plan::default(),
        }
    }

    /// Adds the ordinal and the faults of a job to poll.
    pub(super) fn with_plan(mut self, ordinal: NonZeroU32, plan: Plan) -> Self {
        self.ordinal = Some(ordinal);
        self.plan = plan;
        self
    }

    /// Returns the number of rows.
    pub(super) fn total(&self) -> usize {
        self.rows.len()
    }

    /// Returns the number of processed rows at the end of the job.
    fn last(&self) -> usize {
        let fail = self.plan.fail.as_ref();
        fail.map_or(self.total(), |(percent, _)| self.share(*percent))
    }

    /// Returns the number of processed rows at `now`.
    pub(super) fn processed(&self, now: Duration) -> usize {
        let ran = now
            .saturating_sub(self.created)
            .saturating_sub(self.pace.start_delay);
        let undisturbed = self.rows_in(ran);
        let rows = match self.plan.stall {
            Some((percent, pause)) if undisturbed >= self.share(percent) => {
                let rest = pause.map(|pause| self.rows_in(ran.saturating_sub(pause)));
                rest.unwrap_or(0).max(self.share(percent))
            }
            Some(_) | None => undisturbed,
        };
        rows.min(self.last())
    }

    /// Returns `true` if the job is finished at `now`. Its results may still be delayed.
    pub(super) fn is_finished(&self, now: Duration) -> bool {
        self.started(now) && self.processed(now) == self.last()
    }

    /// Returns the time at which the job finishes; `None` if it stalls forever.
    pub(super) fn finishes(&self) -> Option<Duration> {
        let started = self.created.saturating_add(self.pace.start_delay);
        match self.plan.stall {
            Some((percent, None)) if self.last() > self.share(percent) => None,
            Some(_) | None => Some(self.reached(self.last()).max(started)),
        }
    }

    /// Returns the snapshot of the job at `now`.
    pub(super) fn snapshot(&self, id: &str, now: Duration, epoch: Epoch) -> Snapshot {
        let mut snapshot = self.progress(now);
        let mut updated = self.reached(self.processed(now));
        let there = updated.saturating_add(self.plan.results_delay);
        if snapshot.status == Status::Complete && now >= there {
            snapshot.results = Some(self.results());
            updated = there;
        }
        snapshot.job_id = Some(id.to_owned());
        snapshot.created_at = Some(epoch.rfc3339(self.created));
        snapshot.updated_at = Some(epoch.rfc3339(updated));
        snapshot.expires_at = Some(epoch.rfc3339(self.expires()));
        snapshot
    }

    /// Returns the status, the counters and the error of the job at `now`.
    pub(super) fn progress(&self, now: Duration) -> Snapshot {
        let (status, error) = match (&self.plan.fail, self.is_finished(now)) {
            (_, false) => (Status::Processing, None),
            (Some((_, error)), true) => (Status::Failed, Some(error.clone())),
            (None, true) => (Status::Complete, None),
        };
        let mut snapshot = self.counted(status, self.processed(now));
        snapshot.error = error;
        snapshot
    }

    /// Returns the snapshot of an import that finished in the response: finished, without an id.
    pub(super) fn inline(&self, epoch: Epoch) -> Snapshot {
        let mut snapshot = self.counted(Status::Complete, self.total());
        snapshot.results = Some(self.results());
        snapshot.created_at = Some(epoch.rfc3339(self.created));
        snapshot.updated_at.clone_from(&snapshot.created_at);
        snapshot
    }

    /// Returns the time of the submit.
    pub(super) fn created(&self) -> Duration {
        self.created
    }

    /// Returns the time at which the job expires.
    pub(super) fn expires(&self) -> Duration {
        self.created.saturating_add(RETENTION)
    }

    fn started(&self, now: Duration) -> bool {
        now >= self.created.saturating_add(self.pace.start_delay)
    }

    /// Returns the number of rows that are processed in a duration.
    fn rows_in(&self, ran: Duration) -> usize {
        let rows = ran.as_nanos() / self.pace.per_row.as_nanos().max(1);
        usize::try_from(rows).unwrap_or(usize::MAX)
    }

    /// Returns the time at which this number of rows was processed.
    fn reached(&self, processed: usize) -> Duration {
        if processed == 0 {
            return self.created;
        }
        let pause = match self.plan.stall {
            Some((percent, Some(pause))) if processed > self.share(percent) => pause,
            Some(_) | None => Duration::ZERO,
        };
        let rows = u32::try_from(processed).unwrap_or(u32::MAX);
        self.created
            .saturating_add(self.pace.start_delay)
            .saturating_add(self.pace.per_row.saturating_mul(rows))
            .saturating_add(pause)
    }

    /// Returns a percentage of the rows, rounded down.
    fn share(&self, percent: u8) -> usize {
        self.total().saturating_mul(usize::from(percent)) / 100
    }

    fn counted(&self, status: Status, processed: usize) -> Snapshot {
        let failed = self.rejected.partition_point(|&at| at < processed);
        let mut snapshot = Snapshot::new(status, count(self.total()));
        snapshot.processed = Some(count(processed));
        snapshot.succeeded = Some(count(processed.saturating_sub(failed)));
        snapshot.failed = Some(count(failed));
        snapshot
    }

    fn results(&self) -> Vec<Row> {
        let rows = (0..).zip(&self.rows);
        rows.map(|(index, outcome)| outcome.to_row(index)).collect()
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Returns the path of a job.
pub(super) fn poll_path(team: Uuid, id: &str) -> HeaderValue {
    let id = utf8_percent_encode(id, ID);
    HeaderValue::try_from(format!("/v2/prism/{team}/imports/{id}"))
        .expect("a UUID and percent-encoded text are visible ASCII")
}

/// The characters that are encoded in a path segment: all but the unreserved characters of RFC 3986.
const ID: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The retention of a job according to the API reference.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);
