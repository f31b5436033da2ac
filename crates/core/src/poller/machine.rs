//! The poller of one job.

use std::{mem, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Checkpoint, Limits, Output, Pace, Rejection, Seen, StopReason, Stopped,
    schedule::{End, Schedule},
};
use crate::{Contradiction, ImportJob, Observation};

/// Watches one job: decides when to poll, keeps the latest snapshot, and stops at the end of the job or at a limit.
///
/// ```text
///              due                  answer: unfinished            due
///   waiting ─────────> fetching ───────────────────────> waiting ─────> …
///                       │  │ answer: finished
///                       │  └──────────> done
///                       └─ a limit ───> stopped
/// ```
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
    state: State,
    /// Whether the fetch that is due was returned.
    is_asked: bool,
    /// Whether the watch was restored and has had no answer since.
    is_restored: bool,
    /// Why the last answer was rejected.
    rejection: Option<Arc<Rejection>>,
    /// The server's time in the answer that is handled next, at the earliest.
    date: Option<Timestamp>,
}

/// What a checkpoint contains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) schedule: Schedule,
    pub(super) began: Option<Timestamp>,
    /// The server's time at offset 0, by the dates of its answers.
    server_began: Option<Timestamp>,
    is_submitted: bool,
    pub(super) job: Option<ImportJob>,
    stale: u32,
    /// The number of consecutive stale answers.
    stale_run: u32,
    /// When the server was first without the job, or without the results of a complete one.
    missing_since: Option<Duration>,
}

impl Poller {
    /// Creates the poller of a job that was not polled yet. The first poll is due immediately.
    ///
    /// The seed only affects the jitter.
    pub fn new(pace: Pace, limits: Limits, seed: u64) -> Self {
        let state = State {
            schedule: Schedule::new(pace, limits, seed),
            ..State::default()
        };
        Self {
            is_restored: false,
            ..Self::from(Checkpoint::new(state))
        }
    }

    /// Sets the wall-clock time at which the watch began, which is offset 0.
    ///
    /// A checkpoint returns it, so that another process can compute the current offset. Nothing else depends on it
    /// once an answer contained the server's time.
    #[must_use]
    pub fn with_start(mut self, began: Timestamp) -> Self {
        self.state.began = Some(began);
        self
    }

    /// Marks the job as one that the caller has submitted, and that must exist.
    ///
    /// The server may then not know it [at first](Limits::with_not_found_grace): the first polls may reach a replica that
    /// lags behind. A job of which only the id is given does not exist if the first poll says so.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports_core::poller::{Limits, Output, Pace, Poller};
    ///
    /// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7).submitted();
    /// poller.handle_not_found(Duration::ZERO, None);
    /// assert!(matches!(poller.poll_output(Duration::ZERO), Output::Wait { .. }));
    /// ```
    #[must_use]
    pub fn submitted(mut self) -> Self {
        self.state.is_submitted = true;
        self
    }

    /// Records the server's time in an answer, which is between `earliest` and `latest`. Answers state it to the second.
    ///
    /// Call this method before passing the answer itself. The timestamps of a job are in server time: with it, the
    /// poller knows the age of a job that is older than the watch, and when the server deletes it. A job that is
    /// unfinished when its answer says that it has expired stops the watch. The local clock never does.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prism_imports_core::{ImportJob, poller::{Limits, Output, Pace, Poller, StopReason}};
    ///
    /// let job = br#"{"job_id":"j-1","status":"processing","total":2,"expires_at":"2026-01-15T00:00:00Z"}"#;
    /// let date = "2026-01-15T00:00:00Z".parse().unwrap();
    /// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7);
    /// poller.handle_server_time(Duration::ZERO, date, date + Duration::from_secs(1));
    /// poller.handle_snapshot(Duration::ZERO, ImportJob::from_slice(job)?, None);
    /// let Output::Stopped(stopped) = poller.poll_output(Duration::ZERO) else { panic!() };
    /// assert_eq!(stopped.reason(), StopReason::Expired);
    /// # Ok::<(), prism_imports_core::ReadError>(())
    /// ```
    pub fn handle_server_time(&mut self, now: Duration, earliest: Timestamp, latest: Timestamp) {
        self.date = Some(earliest);
        let known = self.server_time(now).unwrap_or(earliest);
        let known = known.min(latest).max(earliest);
        self.state.server_began = known.saturating_sub(now).ok();
    }

    /// Returns the estimated server time at an offset: by the dates of its answers, or before the first by the
    /// [start](Self::with_start) of the watch.
    pub fn server_time(&self, now: Duration) -> Option<Timestamp> {
        let began = self.state.server_began.or(self.state.began)?;
        began.saturating_add(now).ok()
    }

    /// Returns what to do at an offset since the watch began.
    ///
    /// The call can be repeated: the same offset gives the same output, and a fetch whose answer was lost is returned
    /// again.
    pub fn poll_output(&mut self, now: Duration) -> Output {
        let schedule = &mut self.state.schedule;
        schedule.advance(now);
        match schedule.limit() {
            // The clock of another host may be wrong: the server is asked before the watch is given up.
            Some(StopReason::Timeout) if self.is_restored => schedule.due = Duration::ZERO,
            Some(reason) => {
                schedule.end.get_or_insert(End::Stopped(reason));
            }
            None => {}
        }
        match schedule.end {
            Some(End::Done) => Output::Done,
            Some(End::Stopped(reason)) => Output::Stopped(Box::new(Stopped {
                reason,
                last: self.state.job.clone(),
                rejection: self.rejection.clone(),
            })),
            None if schedule.clock < schedule.due => Output::Wait {
                until: schedule.due,
            },
            None => {
                self.is_asked = true;
                Output::Fetch {
                    attempt: schedule.requests.saturating_add(1),
                }
            }
        }
    }

    /// Handles the job that a fetch returned. `hint` is the minimum wait that the server asked for.
    ///
    /// The answer to a submit can be passed in before the first fetch. It does not count as a request.
    ///
    /// - A complete job with rows but without results is polled again for some [time](Limits::with_results_grace).
    /// - A stale answer is ignored. After as many of them in a row as the [faults](Limits::faults) that would end it, the
    ///   last of them is accepted as [`Seen::Advanced`], unless the job is finished.
    pub fn handle_snapshot(
        &mut self,
        now: Duration,
        job: ImportJob,
        hint: Option<Duration>,
    ) -> Seen {
        let date = self.date.take();
        if !self.answered(now) {
            return Seen::Late;
        }
        let is_patient = self.state.stale_run.saturating_add(1) < self.limits().faults();
        let is_finished = self.job().is_some_and(ImportJob::is_finished);
        let insisted = (!is_patient && !is_finished).then(|| job.clone());
        let observed = if let Some(last) = self.state.job.take() {
            last.observe(job)
        } else {
            self.state.missing_since = None;
            Ok(Observation::Advanced(job))
        };
        let (job, seen) = match observed {
            Ok(Observation::Advanced(job)) => (job, Seen::Advanced),
            Ok(Observation::Unchanged(job)) => (job, Seen::Unchanged),
            Ok(Observation::Stale(job)) => {
                self.state.stale = self.state.stale.saturating_add(1);
                self.state.stale_run = self.state.stale_run.saturating_add(1);
                insisted.map_or((job, Seen::Stale), |answer| (answer, Seen::Advanced))
            }
            Err(refused) => {
                let conflict = refused.conflict();
                let (last, answer) = refused.into_jobs();
                let answer = Box::new(answer);
                self.state.job = Some(last);
                self.fault(Some(Rejection::Conflict { conflict, answer }), hint);
                return Seen::Refused(conflict);
            }
        };
        if seen != Seen::Stale {
            self.state.stale_run = 0;
        }
        if job.is_finished() {
            let grace = self.limits().results_grace();
            if !lacks_results(&job) || !self.wait_for(grace, hint) {
                self.state.schedule.end = Some(End::Done);
            }
        } else if has_expired(&job, date) {
            self.state.schedule.end = Some(End::Stopped(StopReason::Expired));
        } else {
            // The last update is a lower bound of the server's time.
            let sent = match self.state.server_began {
                Some(_) => self.server_time(now),
                None => job.details().updated_at(),
            };
            self.state.schedule.wait_for_end(&job, sent, hint);
        }
        self.state.job = Some(job);
        seen
    }

    /// Handles a snapshot that contradicts itself, as a fault.
    ///
    /// The server may read counters while they change, so the next snapshot may be consistent. If the limit of faults
    /// is reached, the watch stops as [`StopReason::Rejected`], and the contradiction is the
    /// [source](std::error::Error::source) of [`Stopped`].
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
        if self.answered(now) {
            self.fault(Some(Rejection::Contradiction(contradiction)), hint);
        }
    }

    /// Handles an answer that the server does not know the job. `hint` is the minimum wait that the server asked for.
    ///
    /// A job that was never seen and was [submitted](Self::submitted) is polled again for some
    /// [time](Limits::with_not_found_grace). Otherwise the watch is over: done if the job was complete and only its
    /// results were missing, else stopped as [`StopReason::NotFound`], [`Gone`](StopReason::Gone) or
    /// [`Expired`](StopReason::Expired).
    pub fn handle_not_found(&mut self, now: Duration, hint: Option<Duration>) {
        let date = self.date.take();
        if !self.answered(now) {
            return;
        }
        let end = match &self.state.job {
            Some(job) if job.is_finished() => End::Done,
            Some(job) if has_expired(job, date.or(self.server_time(now))) => {
                End::Stopped(StopReason::Expired)
            }
            Some(_) => End::Stopped(StopReason::Gone),
            None => {
                let grace = self.limits().not_found_grace();
                if self.state.is_submitted && self.wait_for(grace, hint) {
                    return;
                }
                End::Stopped(StopReason::NotFound)
            }
        };
        self.state.schedule.end = Some(end);
    }

    /// Handles a fetch that failed with a transient fault. `hint` is the minimum wait that the server asked for.
    ///
    /// The caller handles permanent faults, such as a rejected API key, because polling again cannot succeed.
    pub fn handle_fault(&mut self, now: Duration, hint: Option<Duration>) {
        if self.answered(now) {
            self.fault(None, hint);
        }
    }

    /// Returns the latest snapshot of the job.
    pub fn job(&self) -> Option<&ImportJob> {
        self.state.job.as_ref()
    }

    /// Returns the number of answers that were older than the one before.
    pub fn stale(&self) -> u32 {
        self.state.stale
    }

    /// Returns `true` if the watch was restored from a checkpoint and has had no answer since.
    ///
    /// Its timeout is not applied until then, because the clock of the new host may be wrong.
    pub fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// Returns the limits that end the watch early.
    pub fn limits(&self) -> &Limits {
        &self.state.schedule.limits
    }

    /// Sets another pace. It holds from the next wait on.
    pub fn set_pace(&mut self, pace: Pace) {
        self.state.schedule.pace = pace;
    }

    /// Sets other limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.state.schedule.limits = limits;
    }

    /// Returns the number of answered requests.
    pub fn requests(&self) -> u32 {
        self.state.schedule.requests
    }

    /// Returns the watch in a serializable form. [`Poller::from`] continues it in another process.
    ///
    /// A fetch that was not answered yet is issued again. The rejection of the last answer is not stored. A restored
    /// poller returns a fetch before it stops at its timeout.
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
        Checkpoint::new(self.state.clone())
    }

    /// Takes the last snapshot out of a poller that is over.
    pub fn take_job(&mut self) -> Option<ImportJob> {
        self.state.job.take()
    }

    /// Consumes the poller and returns the latest snapshot of the job.
    pub fn into_job(self) -> Option<ImportJob> {
        self.state.job
    }

    /// Begins to handle an answer. Returns `false` if the watch is over.
    fn answered(&mut self, now: Duration) -> bool {
        let schedule = &mut self.state.schedule;
        if schedule.end.is_some() {
            return false;
        }
        schedule.advance(now);
        if mem::take(&mut self.is_asked) {
            schedule.requests = schedule.requests.saturating_add(1);
        }
        if mem::take(&mut self.is_restored) {
            // The offsets of another host may be wrong, so the age of the job is determined again.
            schedule.head_start = None;
        }
        (self.rejection, self.date) = (None, None);
        true
    }

    fn fault(&mut self, rejection: Option<Rejection>, hint: Option<Duration>) {
        let reason = match rejection {
            Some(_) => StopReason::Rejected,
            None => StopReason::Faults,
        };
        self.rejection = rejection.map(Arc::new);
        self.state.schedule.wait_after_fault(hint, reason);
    }

    /// Schedules a poll for what the server does not have yet; `false` if the grace is over.
    ///
    /// A grace ends with a poll that was due at its end. An earlier poll may be answered after it, for example because
    /// its attempts were cut off: such an answer does not end the watch.
    fn wait_for(&mut self, grace: Duration, hint: Option<Duration>) -> bool {
        let schedule = &mut self.state.schedule;
        let since = *self.state.missing_since.get_or_insert(schedule.clock);
        let until = since.saturating_add(grace);
        let is_early = !grace.is_zero() && schedule.due.min(schedule.clock) < until;
        if is_early {
            schedule.wait_until(until, hint);
        }
        is_early
    }
}

impl From<Checkpoint> for Poller {
    fn from(checkpoint: Checkpoint) -> Self {
        Self {
            state: checkpoint.state,
            is_asked: false,
            is_restored: true,
            rejection: None,
            date: None,
        }
    }
}

/// Returns `true` if a job is complete and has rows, but none of their results.
fn lacks_results(job: &ImportJob) -> bool {
    matches!(job, ImportJob::Complete(job) if job.total() > 0)
        && job.rows().is_none_or(<[_]>::is_empty)
}

/// Returns `true` if the server has deleted a job by its clock.
fn has_expired(job: &ImportJob, clock: Option<Timestamp>) -> bool {
    let expires_at = job.details().expires_at();
    expires_at.is_some_and(|expires_at| Some(expires_at) <= clock)
}
