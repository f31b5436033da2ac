//! The poller of one job.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    Checkpoint, Limits, Output, Pace, PollResult, Rejection, Schedule, Seen, Step, Stopped,
};
use crate::{Contradiction, ImportJob, Observation};

/// Watches one job: decides when to poll, keeps the latest snapshot, and stops at the end of the job or at a limit.
///
/// The [module documentation](super) describes the order of the calls.
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
    /// How far the server's clock is ahead of the clock that `began` was read from.
    skew: SignedDuration,
    job: Option<ImportJob>,
    stale: u32,
    /// The number of consecutive stale answers.
    stale_run: u32,
    /// Why the last answer was rejected.
    rejection: Option<Arc<Rejection>>,
}

impl Poller {
    /// Creates the poller of a job that was not polled yet. The first poll is due immediately.
    ///
    /// The seed only affects the jitter.
    pub fn new(pace: Pace, limits: Limits, seed: u64) -> Self {
        Self {
            schedule: Schedule::new(pace, limits, seed),
            began: None,
            skew: SignedDuration::ZERO,
            job: None,
            stale: 0,
            stale_run: 0,
            rejection: None,
        }
    }

    /// Sets the wall-clock time at which the watch began, which is offset 0.
    ///
    /// The poller then uses the timestamps of the job: it knows the age of a job that is older than the watch, and the
    /// expiry to the second. Without a start, the job is assumed to begin with the watch, and its retention to begin
    /// with its last update.
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

    /// Records the server's time, which is between `earliest` and `latest`. Answers state it to the second.
    ///
    /// The timestamps of a job are in server time. If the clock that [`with_start`](Self::with_start) was read from
    /// disagrees with the server, the difference is corrected from now on. If it agrees, it is used unchanged, because
    /// it is more precise. Call this method before passing the job of the same answer. Without a start, it has no
    /// effect.
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
        if let Some(local) = self.local_time(now) {
            self.skew = local.min(latest).max(earliest).duration_since(local);
        }
    }

    /// Returns the estimated server time at an offset; `None` without a start.
    pub fn server_time(&self, now: Duration) -> Option<Timestamp> {
        self.local_time(now).map(|local| shift(local, self.skew))
    }

    /// Returns what to do at an offset since the watch began.
    ///
    /// The call can be repeated: the same offset gives the same output, and a fetch whose answer was lost is returned
    /// again.
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

    /// Handles the job that a fetch returned. `hint` is the minimum wait that the server asked for.
    ///
    /// The answer to a submit can be passed in before the first fetch. It does not count as a request.
    ///
    /// A stale answer is ignored, up to a limit: after as many of them in a row as the [faults](Limits::faults) that
    /// would end the watch, the last of them is accepted as [`Seen::Advanced`].
    pub fn handle_snapshot(
        &mut self,
        now: Duration,
        job: ImportJob,
        hint: Option<Duration>,
    ) -> Seen {
        if self.schedule.is_over() {
            return Seen::Late;
        }
        let patient = self.stale_run.saturating_add(1) < self.schedule.limits().faults();
        let insisted = (!patient).then(|| job.clone());
        let observed = match self.job.take() {
            Some(last) => last.observe(job),
            None => Ok(Observation::Advanced(job)),
        };
        let (job, seen) = match observed {
            Ok(Observation::Advanced(job)) => (job, Seen::Advanced),
            Ok(Observation::Unchanged(job)) => (job, Seen::Unchanged),
            Ok(Observation::Stale(job)) => {
                self.stale = self.stale.saturating_add(1);
                match insisted {
                    Some(answer) => (answer, Seen::Advanced),
                    None => (job, Seen::Stale),
                }
            }
            Err(refused) => {
                let conflict = refused.conflict();
                let (last, answer) = refused.into_jobs();
                let answer = Box::new(answer);
                self.job = Some(last);
                self.reject(now, Rejection::Conflict { conflict, answer }, hint);
                return Seen::Refused(conflict);
            }
        };
        self.stale_run = match seen {
            Seen::Stale => self.stale_run.saturating_add(1),
            Seen::Advanced | Seen::Unchanged | Seen::Refused(_) | Seen::Late => 0,
        };
        self.rejection = None;
        let poll_result = self.poll_result(now, &job);
        self.job = Some(job);
        self.schedule.handle_poll_result(now, &poll_result, hint);
        seen
    }

    /// Handles a snapshot that contradicts itself, as a transient fault.
    ///
    /// The server may read counters while they change, so the next snapshot may be consistent. If the limit of faults
    /// is reached, the last contradiction is the [source](std::error::Error::source) of [`Stopped`].
    ///
    /// ```
    /// use std::{error::Error, time::Duration};
    /// use prism_imports_core::{ImportJob, ReadError, poller::{Limits, Output, Pace, Poller}};
    ///
    /// let body = br#"{"job_id":"j-1","status":"complete","total":2,"processed":3}"#;
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
        self.reject(now, Rejection::Contradiction(contradiction), hint);
    }

    /// Handles a fetch that failed with a transient fault. `hint` is the minimum wait that the server asked for.
    ///
    /// The caller handles permanent faults, such as a rejected API key, because polling again cannot succeed.
    pub fn handle_fault(&mut self, now: Duration, hint: Option<Duration>) {
        if !self.schedule.is_over() {
            self.rejection = None;
            self.schedule.handle_fault(now, hint);
        }
    }

    /// Returns the latest snapshot of the job.
    pub fn job(&self) -> Option<&ImportJob> {
        self.job.as_ref()
    }

    /// Returns the number of answers that were ignored because they were older than the one before.
    pub fn stale(&self) -> u32 {
        self.stale
    }

    /// Returns the limits that end the watch early.
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

    /// Returns the number of answered requests.
    pub fn requests(&self) -> u32 {
        self.schedule.requests()
    }

    /// Returns the watch in a serializable form. [`Poller::from`] continues it in another process.
    ///
    /// A fetch that was not answered yet is issued again. The rejection of the last answer is not stored.
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
            (self.stale, self.stale_run),
        )
    }

    /// Takes the last snapshot out of a poller that is over.
    pub fn take_job(&mut self) -> Option<ImportJob> {
        self.job.take()
    }

    /// Consumes the poller and returns the latest snapshot of the job.
    pub fn into_job(self) -> Option<ImportJob> {
        self.job
    }

    fn reject(&mut self, now: Duration, rejection: Rejection, hint: Option<Duration>) {
        if !self.schedule.is_over() {
            self.rejection = Some(Arc::new(rejection));
            self.schedule.handle_fault(now, hint);
        }
    }

    /// Returns the facts about the current job that the schedule needs.
    fn poll_result(&self, now: Duration, job: &ImportJob) -> PollResult {
        if job.is_finished() {
            return PollResult::finished();
        }
        let mut poll_result = PollResult::unfinished();
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

    /// Returns the time at an offset, by the clock that the start was read from.
    fn local_time(&self, now: Duration) -> Option<Timestamp> {
        let now = SignedDuration::try_from(now).unwrap_or(SignedDuration::MAX);
        self.began.map(|began| shift(began, now))
    }
}

impl From<Checkpoint> for Poller {
    fn from(checkpoint: Checkpoint) -> Self {
        let (schedule, began, job, (stale, stale_run)) = checkpoint.into_parts();
        Self {
            schedule,
            began,
            skew: SignedDuration::ZERO,
            job,
            stale,
            stale_run,
            rejection: None,
        }
    }
}

/// Adds a duration to a timestamp, saturating at the range of timestamps.
fn shift(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Returns the time from `earlier` to `later`, or zero if `later` is not later.
fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}
