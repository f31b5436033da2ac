//! The transitions of a job from one snapshot to the next.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Finding, ImportJob, JobError, Row, Rule};

impl ImportJob {
    /// Compares this snapshot with the `next` one and returns the one to keep.
    ///
    /// A lagging replica may return an older snapshot: an unfinished job after a finished one, or an earlier
    /// `updated_at` or lower counters while both are unfinished. This is [`Observation::Stale`], never an error. A
    /// finished job after an unfinished one is an advance, even with an earlier time: two servers may have two clocks.
    /// Results, counters or the error may be added to a finished job later. A snapshot without them is then stale, too.
    /// Results outweigh counters.
    /// For unfinished jobs, only counters that both snapshots contain are compared. A total that changes before the end
    /// is an advance, with the deviation [`Rule::TotalChanged`].
    ///
    /// # Errors
    ///
    /// Returns [`ObserveError`], with both snapshots, if they conflict: they have different ids, or both are finished with
    /// different totals or different outcomes.
    ///
    /// ```
    /// use prism_imports_core::{Conflict, ImportJob, Observation};
    ///
    /// let at = |processed: u32| {
    ///     let body = format!(r#"{{"job_id":"j-1","status":"processing","total":9,"processed":{processed}}}"#);
    ///     ImportJob::from_slice(body.as_bytes()).unwrap()
    /// };
    /// let Ok(Observation::Advanced(job)) = at(3).observe(at(5)) else { panic!() };
    /// let Ok(Observation::Stale(job)) = job.observe(at(4)) else { panic!() };
    /// assert_eq!(job.progress().processed(), Some(5));
    ///
    /// let other = ImportJob::from_slice(br#"{"job_id":"j-2","status":"processing","total":9}"#)?;
    /// assert_eq!(job.observe(other).unwrap_err().conflict(), Conflict::OtherJob);
    /// # Ok::<(), prism_imports_core::ReadError>(())
    /// ```
    pub fn observe(self, next: Self) -> Result<Observation, ObserveError> {
        match self.compare(&next) {
            Ok(Ordering::Greater) => Ok(Observation::Advanced(next.after(self.progress().total()))),
            Ok(Ordering::Equal) => Ok(Observation::Unchanged(next)),
            Ok(Ordering::Less) => Ok(Observation::Stale(self)),
            Err(conflict) => Err(ObserveError {
                conflict,
                jobs: Box::new((self, next)),
            }),
        }
    }

    /// Records that the job had another total before.
    fn after(mut self, before: u64) -> Self {
        let total = self.progress().total();
        if before != total {
            let numbers = format_args!("{total} rows, {before} before");
            let deviations = &mut self.details_mut().deviations;
            deviations.push(Finding::new(Rule::TotalChanged, numbers));
            deviations.list.sort_unstable();
        }
        self
    }

    /// Orders the next snapshot: `Greater` is newer, `Less` is older.
    fn compare(&self, next: &Self) -> Result<Ordering, Conflict> {
        if self.id() != next.id() {
            return Err(Conflict::OtherJob);
        }
        if self.is_finished() && !next.is_finished() {
            return Ok(Ordering::Less);
        }
        if !self.is_finished() && next.is_finished() {
            return Ok(Ordering::Greater);
        }
        let same_total = self.progress().total() == next.progress().total();
        match (self, next) {
            (Self::Complete(_) | Self::Failed(_), _) if !same_total => Err(Conflict::OtherTotal),
            (Self::Complete(_), Self::Complete(_)) | (Self::Failed(_), Self::Failed(_)) => {
                compare_ends(self, next)
            }
            (Self::Complete(_) | Self::Failed(_), _) => Err(Conflict::OtherEnd),
            (Self::Processing(_) | Self::Unrecognized(_), _) => {
                let times = (self.details().updated_at(), next.details().updated_at());
                let time = times.0.zip(times.1).map(|(this, next)| next.cmp(&this));
                let steps = counters(self, next).into_iter();
                let steps = steps.filter_map(|(this, next)| Some(next?.cmp(&this?)));
                let progress = combine(steps);
                let same = same_total && self.status() == next.status();
                Ok(if progress.is_lt() || time == Some(Ordering::Less) {
                    Ordering::Less
                } else if same && progress.is_eq() && time != Some(Ordering::Greater) {
                    Ordering::Equal
                } else {
                    Ordering::Greater
                })
            }
        }
    }
}

/// Compares two snapshots of a finished job with the same state and total. Results that came later outweigh everything else.
fn compare_ends(this: &ImportJob, next: &ImportJob) -> Result<Ordering, Conflict> {
    let rows = compare_rows(this.rows(), next.rows())?;
    if rows.is_ne() {
        return Ok(rows);
    }
    let counters = counters(this, next);
    if counters
        .iter()
        .any(|(this, next)| this.zip(*next).is_some_and(|(this, next)| this != next))
    {
        return Err(Conflict::OtherEnd);
    }
    let counters = counters.map(|(this, next)| next.is_some().cmp(&this.is_some()));
    // A server may word its error in another way. That is no other end.
    let error = [JobError::code, JobError::message].map(|part| {
        let has = |job: &ImportJob| job.error().is_some_and(|error| part(error).is_some());
        has(next).cmp(&has(this))
    });
    Ok(combine(counters.into_iter().chain(error)))
}

/// Compares the results. Those of one snapshot may be the first ones of the other.
fn compare_rows(this: Option<&[Row]>, next: Option<&[Row]>) -> Result<Ordering, Conflict> {
    let (Some(this), Some(next)) = (this, next) else {
        return Ok(next.is_some().cmp(&this.is_some()));
    };
    if this
        .iter()
        .zip(next)
        .all(|(this, next)| this.agrees_with(next))
    {
        Ok(next.len().cmp(&this.len()))
    } else {
        Err(Conflict::OtherEnd)
    }
}

/// Returns the counters of both snapshots.
fn counters(this: &ImportJob, next: &ImportJob) -> [(Option<u64>, Option<u64>); 3] {
    let (this, next) = (this.progress(), next.progress());
    [
        (this.processed(), next.processed()),
        (this.succeeded(), next.succeeded()),
        (this.failed(), next.failed()),
    ]
}

/// Combines the parts of a snapshot. One that went back outweighs those that went on.
fn combine(parts: impl Iterator<Item = Ordering>) -> Ordering {
    parts.fold(Ordering::Equal, |all, part| match (all, part) {
        (Ordering::Less, _) | (_, Ordering::Less) => Ordering::Less,
        (Ordering::Greater, _) | (_, Ordering::Greater) => Ordering::Greater,
        (Ordering::Equal, Ordering::Equal) => Ordering::Equal,
    })
}

/// How a snapshot relates to the one before it, with the snapshot to keep.
///
/// ```
/// use prism_imports_core::{ImportJob, Observation};
///
/// let body = br#"{"job_id":"j-1","status":"processing","total":9}"#;
/// let (this, next) = (ImportJob::from_slice(body)?, ImportJob::from_slice(body)?);
/// assert!(matches!(this.observe(next), Ok(Observation::Unchanged(_))));
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a snapshot is newer, equal or older"
)]
pub enum Observation {
    /// The job advanced; contains the next snapshot.
    Advanced(ImportJob),
    /// The job did not change; contains the next snapshot.
    Unchanged(ImportJob),
    /// The next snapshot is older; contains the previous one.
    Stale(ImportJob),
}

impl Observation {
    /// Returns the snapshot to keep.
    pub fn job(&self) -> &ImportJob {
        let (Self::Advanced(job) | Self::Unchanged(job) | Self::Stale(job)) = self;
        job
    }

    /// Consumes the observation and returns the snapshot to keep.
    pub fn into_job(self) -> ImportJob {
        let (Self::Advanced(job) | Self::Unchanged(job) | Self::Stale(job)) = self;
        job
    }
}

/// Why two snapshots conflict.
///
/// ```
/// use prism_imports_core::Conflict;
///
/// assert_eq!(Conflict::OtherTotal.to_string(), "the finished job had another total before");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conflict {
    /// They have different ids.
    #[error("the answer is about another job")]
    OtherJob,
    /// Both are finished, with different totals.
    #[error("the finished job had another total before")]
    OtherTotal,
    /// Both are finished, with different outcomes.
    #[error("the job ended in another way before")]
    OtherEnd,
}

/// The error for two conflicting snapshots. It contains both.
///
/// ```
/// use prism_imports_core::ImportJob;
///
/// let this = ImportJob::from_slice(br#"{"job_id":"j-1","status":"complete","total":9}"#)?;
/// let next = ImportJob::from_slice(br#"{"job_id":"j-1","status":"complete","total":8}"#)?;
/// let error = this.observe(next).unwrap_err();
/// assert_eq!(error.to_string(), "the finished job had another total before");
/// assert_eq!((error.previous().progress().total(), error.refused().progress().total()), (9, 8));
/// let (this, next) = error.into_jobs();
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{conflict}")]
pub struct ObserveError {
    conflict: Conflict,
    jobs: Box<(ImportJob, ImportJob)>,
}

impl ObserveError {
    /// Returns the kind of conflict.
    pub fn conflict(&self) -> Conflict {
        self.conflict
    }

    /// Returns the previous snapshot.
    pub fn previous(&self) -> &ImportJob {
        &self.jobs.0
    }

    /// Returns the refused snapshot.
    pub fn refused(&self) -> &ImportJob {
        &self.jobs.1
    }

    /// Consumes the error and returns the previous snapshot and the refused one.
    pub fn into_jobs(self) -> (ImportJob, ImportJob) {
        *self.jobs
    }
}
