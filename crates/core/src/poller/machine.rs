//! The watch of one job.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    Checkpoint, Limits, Output, Pace, PollResult, Rejection, Schedule, Seen, Step, Stopped,
};
use crate::{Contradiction, ImportJob, Observation};

/// The watch of one job: says when to look, keeps the last job seen, and knows when it is over.
///
/// See the [module](super) for the order of the calls.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::{ImportJob, poller::{Limits, Output, Pace, Poller}};
///
/// let mut answers = [
///     r#"{"job_id":"j-1","status":"processing","total":2,"processed":1}"#,
///     r#"{"job_id":"j-1","status":"failed","total":2,"error":{"code":"import_failed"}}"#,
/// ]
/// .into_iter();
/// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7);
/// let mut now = Duration::ZERO;
/// loop {
///     match poller.poll_output(now) {
///         Output::Fetch { .. } => {
///             let answer = answers.next().unwrap();
///             poller.handle_snapshot(now, ImportJob::from_slice(answer.as_bytes())?, None);
///         }
///         Output::Wait { until } => now = until,
///         Output::Done => break,
///         Output::Stopped(stopped) => panic!("{stopped}"),
///     }
/// }
/// assert!(matches!(poller.into_job(), Some(ImportJob::Failed(_))));
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Poller {
    schedule: Schedule,
    began: Option<Timestamp>,
    /// How far the server's clock is ahead of the one that `began` was read from.
    skew: SignedDuration,
    job: Option<ImportJob>,
    stale: u32,
    /// What was wrong with the last answer.
    rejection: Option<Arc<Rejection>>,
}

impl Poller {
    /// Creates the watch of a job that was not looked at yet; the first look is due at once.
    ///
    /// The seed decides the jitter and nothing else.
    pub fn new(pace: Pace, limits: Limits, seed: u64) -> Self {
        Self {
            schedule: Schedule::new(pace, limits, seed),
            began: None,
            skew: SignedDuration::ZERO,
            job: None,
            stale: 0,
            rejection: None,
        }
    }

    /// Sets the time of day at which the watch began, offset 0.
    ///
    /// With it a job's own times count: one that is old already is not taken for a new one, and the end of its
    /// retention is known to the second. Without it the job is taken to have begun with the watch, and the
    /// retention to run from when the job last moved.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports_core::{ImportJob, poller::{Limits, Output, Pace, Poller, StopReason}};
    ///
    /// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7)
    ///     .with_start("2026-01-08T00:00:00Z".parse().unwrap());
    /// let job = ImportJob::from_slice(
    ///     br#"{"job_id":"j-1","status":"processing","total":2,"expires_at":"2026-01-08T00:01:00Z"}"#,
    /// )?;
    /// poller.handle_snapshot(Duration::ZERO, job, None);
    /// let Output::Stopped(stopped) = poller.poll_output(Duration::from_secs(60)) else { panic!() };
    /// assert_eq!(stopped.reason(), StopReason::Expired);
    /// # Ok::<(), prism_imports_core::ReadError>(())
    /// ```
    #[must_use]
    pub fn with_start(mut self, began: Timestamp) -> Self {
        self.began = Some(began);
        self
    }

    /// Takes in that the server's clock shows a time from `earliest` to `latest`; an answer says so to the second.
    ///
    /// A job's own times are the server's. Where the clock that [`with_start`](Self::with_start) was read from goes
    /// wrong, what it is off by is made up for from here on; where it agrees, it is the finer one and is kept to.
    /// Give it before what the same answer says of the job. Without a start it does nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports_core::{ImportJob, poller::{Limits, Output, Pace, Poller}};
    ///
    /// // This clock is a year ahead.
    /// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7)
    ///     .with_start("2027-01-08T00:00:00Z".parse().unwrap());
    /// let job = ImportJob::from_slice(
    ///     br#"{"job_id":"j-1","status":"processing","total":2,"expires_at":"2026-01-15T00:00:00Z"}"#,
    /// )?;
    /// let date = "2026-01-08T00:00:00Z".parse().unwrap();
    /// poller.handle_server_time(Duration::ZERO, date, date + Duration::from_secs(1));
    /// poller.handle_snapshot(Duration::ZERO, job, None);
    /// assert!(matches!(poller.poll_output(Duration::ZERO), Output::Wait { .. }), "it has not expired");
    /// # Ok::<(), prism_imports_core::ReadError>(())
    /// ```
    pub fn handle_server_time(&mut self, now: Duration, earliest: Timestamp, latest: Timestamp) {
        if let Some(own) = self.own_time(now) {
            self.skew = own.min(latest).max(earliest).duration_since(own);
        }
    }

    /// Returns the time of day at an offset as the server has it, as far as is known; `None` without a start.
    pub fn server_time(&self, now: Duration) -> Option<Timestamp> {
        self.own_time(now).map(|own| shift(own, self.skew))
    }

    /// Says what to do at an offset since the watch began.
    ///
    /// Asking is free: the same offset gives the same answer, and a fetch whose answer was lost comes again.
    pub fn poll_output(&mut self, now: Duration) -> Output {
        match self.schedule.poll_output(now) {
            Step::Fetch { attempt } => Output::Fetch { attempt },
            Step::Wait { until } => Output::Wait { until },
            Step::Done => Output::Done,
            Step::Stopped(reason) => Output::Stopped(Box::new(Stopped {
                reason,
                last: self.job.clone(),
                rejection: self.rejection.clone(),
            })),
        }
    }

    /// Takes in what a fetch brought, and how long the server asked to wait at least.
    ///
    /// The answer to a submit may be handed in before the first fetch and counts as no request.
    pub fn handle_snapshot(
        &mut self,
        now: Duration,
        job: ImportJob,
        hint: Option<Duration>,
    ) -> Seen {
        if self.schedule.is_over() {
            return Seen::Late;
        }
        let observed = match self.job.take() {
            Some(last) => last.observe(job),
            None => Ok(Observation::Advanced(job)),
        };
        let (job, seen) = match observed {
            Ok(Observation::Advanced(job)) => (job, Seen::Advanced),
            Ok(Observation::Unchanged(job)) => (job, Seen::Unchanged),
            Ok(Observation::Stale(job)) => {
                self.stale = self.stale.saturating_add(1);
                (job, Seen::Stale)
            }
            Err(refused) => {
                let conflict = refused.conflict();
                let (last, answer) = refused.into_jobs();
                let answer = Box::new(answer);
                self.job = Some(last);
                self.object(now, Rejection::Conflict { conflict, answer }, hint);
                return Seen::Refused(conflict);
            }
        };
        self.rejection = None;
        let poll_result = self.poll_result(now, &job);
        self.job = Some(job);
        self.schedule.handle_poll_result(now, &poll_result, hint);
        seen
    }

    /// Takes in that a fetch brought a snapshot that contradicts itself: a transient fault.
    ///
    /// Counters are read while they move, and the next look may be whole. What still contradicts itself when the
    /// limit of faults is reached is the [source](std::error::Error::source) of [`Stopped`].
    ///
    /// ```
    /// use std::{error::Error, time::Duration};
    /// use prism_imports_core::{ImportJob, ReadError, poller::{Limits, Output, Pace, Poller}};
    ///
    /// let body = br#"{"job_id":"j-1","status":"processing","total":2,"processed":3}"#;
    /// let Err(ReadError::Contradiction(contradiction)) = ImportJob::from_slice(body) else { panic!() };
    /// let mut poller = Poller::new(Pace::balanced(), Limits::default().with_faults(1), 7);
    /// poller.handle_contradiction(Duration::ZERO, contradiction.clone(), None);
    /// let Output::Stopped(stopped) = poller.poll_output(Duration::ZERO) else { panic!() };
    /// assert_eq!(stopped.source().unwrap().to_string(), contradiction.to_string());
    /// ```
    pub fn handle_contradiction(
        &mut self,
        now: Duration,
        contradiction: Contradiction,
        hint: Option<Duration>,
    ) {
        self.object(now, Rejection::Contradiction(contradiction), hint);
    }

    /// Takes in that a fetch failed in a way that may pass, and how long the server asked to wait at least.
    ///
    /// What cannot pass, such as a key that is refused, is the caller's: there is nothing to wait for.
    pub fn handle_fault(&mut self, now: Duration, hint: Option<Duration>) {
        if !self.schedule.is_over() {
            self.rejection = None;
            self.schedule.handle_fault(now, hint);
        }
    }

    /// Returns the job as it was last seen.
    pub fn job(&self) -> Option<&ImportJob> {
        self.job.as_ref()
    }

    /// Returns how many answers were older than the one before and were ignored.
    pub fn stale(&self) -> u32 {
        self.stale
    }

    /// Returns what ends the watch early.
    pub fn limits(&self) -> &Limits {
        self.schedule.limits()
    }

    /// Sets another pace. It holds from the next wait on.
    pub fn set_pace(&mut self, pace: Pace) {
        self.schedule.set_pace(pace);
    }

    /// Sets other limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.schedule.set_limits(limits);
    }

    /// Returns how many requests were answered.
    pub fn requests(&self) -> u32 {
        self.schedule.requests()
    }

    /// Returns the watch in a form to store, from which [`Poller::from`] goes on in another process.
    ///
    /// A fetch whose answer was not handed in yet is issued again. What was wrong with the last answer is not
    /// stored.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports_core::poller::{Checkpoint, Limits, Output, Pace, Poller};
    ///
    /// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7);
    /// assert_eq!(poller.poll_output(Duration::ZERO), Output::Fetch { attempt: 1 });
    /// let stored = serde_json::to_string(&poller.checkpoint()).unwrap();
    ///
    /// let mut restored = Poller::from(serde_json::from_str::<Checkpoint>(&stored).unwrap());
    /// assert_eq!(restored.poll_output(Duration::ZERO), Output::Fetch { attempt: 1 });
    /// ```
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(
            self.schedule.clone(),
            self.began,
            self.job.clone(),
            self.stale,
        )
    }

    /// Takes the last snapshot out of a poller that is over.
    pub fn take_job(&mut self) -> Option<ImportJob> {
        self.job.take()
    }

    /// Returns the job as it was last seen, taken out.
    pub fn into_job(self) -> Option<ImportJob> {
        self.job
    }

    fn object(&mut self, now: Duration, rejection: Rejection, hint: Option<Duration>) {
        if !self.schedule.is_over() {
            self.rejection = Some(Arc::new(rejection));
            self.schedule.handle_fault(now, hint);
        }
    }

    /// Returns what the schedule needs to know of the job that holds.
    fn poll_result(&self, now: Duration, job: &ImportJob) -> PollResult {
        if job.is_finished() {
            return PollResult::end();
        }
        let mut poll_result = PollResult::open();
        let progress = job.progress();
        if let Some(processed) = progress.processed() {
            poll_result = poll_result.with_progress(processed, progress.total());
        }
        let details = job.details();
        let clock = self.server_time(now);
        if let (Some(clock), Some(created_at)) = (clock, details.created_at()) {
            poll_result = poll_result.with_age(between(created_at, clock));
        }
        if let (Some(clock), Some(expires_at)) =
            (clock.or(details.updated_at()), details.expires_at())
        {
            poll_result = poll_result.with_expiry(between(clock, expires_at));
        }
        poll_result
    }

    /// Returns the time of day at an offset, by the clock that the start was read from.
    fn own_time(&self, now: Duration) -> Option<Timestamp> {
        let now = SignedDuration::try_from(now).unwrap_or(SignedDuration::MAX);
        self.began.map(|began| shift(began, now))
    }
}

impl From<Checkpoint> for Poller {
    fn from(checkpoint: Checkpoint) -> Self {
        let (schedule, began, job, stale) = checkpoint.into_parts();
        Self {
            schedule,
            began,
            skew: SignedDuration::ZERO,
            job,
            stale,
            rejection: None,
        }
    }
}

/// A time of day moved; past what one can be, every retention is over.
fn shift(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The time from one instant to a later one; none when it is not later.
fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}
