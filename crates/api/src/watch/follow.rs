//! The state of a watch, without the stream.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use prism_imports_core::{
    Contradiction, ImportJob,
    poller::{Checkpoint, Output, Poller, Seen, StopReason, Stopped},
};
use prism_imports_transport::retry::retry_after;
use tokio::time::Instant;

use super::{Plan, Update};
use crate::{
    call::Answer,
    error::{Error, ErrorKind},
    imports::Job,
};

/// The poller of one job together with its clocks.
#[derive(Debug)]
pub(crate) struct Follow {
    poller: Poller,
    since: Instant,
    /// The poller's offset at `since`: above 0 when the watch began in another process.
    base: Duration,
}

/// The next step of a watch.
#[derive(Debug)]
pub(crate) enum Next {
    Fetch,
    Wait(Instant),
    /// The job has finished.
    Done,
    /// The watch ended before the job finished.
    Stopped(Error),
}

impl Follow {
    /// Starts a watch at a time of day.
    pub(crate) fn new(plan: &Plan, time_of_day: Timestamp) -> Self {
        let poller = Poller::new(plan.pace.clone(), plan.limits.clone(), fastrand::u64(..));
        let poller = poller.with_start(time_of_day);
        Self {
            poller,
            since: Instant::now(),
            base: Duration::ZERO,
        }
    }

    /// Resumes a watch from a checkpoint. The time since the watch began counts towards its limits.
    pub(crate) fn resume(checkpoint: Checkpoint, time_of_day: Timestamp) -> Self {
        let since_begun = checkpoint
            .began()
            .map(|began| time_of_day.duration_since(began));
        let since_begun = since_begun
            .and_then(|since| Duration::try_from(since).ok())
            .unwrap_or_default();
        let base = checkpoint.clock().max(since_begun);
        let mut poller = Poller::from(checkpoint);
        if poller.server_time(base).is_none() {
            // The checkpoint is of a poller without a time of day.
            poller = poller.with_start(time_of_day.checked_sub(base).unwrap_or(Timestamp::MIN));
        }
        Self {
            poller,
            since: Instant::now(),
            base,
        }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.poller.checkpoint()
    }

    /// Returns the next step.
    pub(crate) fn next(&mut self) -> Next {
        match self.poller.poll_output(self.offset()) {
            Output::Fetch { .. } => Next::Fetch,
            Output::Wait { until } => Next::Wait(self.at(until)),
            Output::Done => Next::Done,
            Output::Stopped(stopped) => Next::Stopped(limit_reached(*stopped, None)),
        }
    }

    /// Handles the result of a poll. Returns the update to yield or the error that ends the watch; `None` if
    /// [`Follow::next`] returns the outcome.
    pub(crate) fn handle_answer(
        &mut self,
        polled: Result<Answer, Error>,
        job: &Job,
    ) -> Option<Result<Update, Error>> {
        let now = self.offset();
        if let Ok(answer) = &polled
            && let Some(date) = answer.date()
        {
            // The date has a precision of one second, and the answer took time to arrive.
            let uncertainty = answer
                .report()
                .elapsed()
                .saturating_add(Duration::from_secs(1));
            let latest = date.checked_add(uncertainty).unwrap_or(Timestamp::MAX);
            self.poller.handle_server_time(now, date, latest);
        }
        let clock = self.poller.server_time(now);
        let clock = clock.and_then(|clock| SystemTime::try_from(clock).ok());
        let read = polled.and_then(|answer| {
            let hint = retry_after(answer.headers(), clock.unwrap_or(UNIX_EPOCH));
            answer.job(WATCH).map(|job| (job, hint))
        });
        let fault = match read {
            Ok((job, hint)) => match self.poller.handle_snapshot(now, job, hint) {
                Seen::Refused(conflict) => Error::new(ErrorKind::Contract, WATCH)
                    .with(|inner| inner.what = Some(conflict.to_string().into())),
                seen @ (Seen::Advanced | Seen::Unchanged | Seen::Stale | Seen::Late | _) => {
                    return self.update(seen);
                }
            },
            Err(error) => {
                let hint = error.retry_after();
                match error.find::<Contradiction>() {
                    Some(contradiction) => {
                        self.poller
                            .handle_contradiction(now, contradiction.clone(), hint);
                    }
                    None if error.is_retryable() => self.poller.handle_fault(now, hint),
                    None => return Some(Err(self.permanent_error(error))),
                }
                error
            }
        };
        let fault = job.set_on(fault);
        match self.poller.poll_output(now) {
            Output::Stopped(stopped) => Some(Err(limit_reached(*stopped, Some(fault)))),
            Output::Fetch { .. } | Output::Wait { .. } | Output::Done => {
                Some(Ok(Update::Fault(fault)))
            }
        }
    }

    /// Returns the time until the timeout of the watch, if there is one; at least 1 ms, since a poll that is due now is
    /// due before the timeout.
    pub(crate) fn left(&self) -> Option<Duration> {
        let deadline = self.poller.limits().timeout()?;
        Some(
            deadline
                .saturating_sub(self.offset())
                .max(Duration::from_millis(1)),
        )
    }

    /// Reads the data that a poll needs, to load it into the cache. The returned value has no meaning.
    pub(crate) fn prefetch(&self) -> impl Sized {
        let (limits, job) = (self.poller.limits(), self.poller.job());
        (
            limits.faults(),
            self.poller.requests(),
            self.poller.stale(),
            job.map(|job| job.deviations().len()),
            job.and_then(|job| job.id()?.as_str().bytes().next()),
        )
    }

    /// Returns the job as it was last seen.
    pub(crate) fn into_job(self) -> Option<ImportJob> {
        self.poller.into_job()
    }

    /// Returns the offset since the watch began.
    fn offset(&self) -> Duration {
        self.base.saturating_add(self.since.elapsed())
    }

    /// Returns the instant at an offset. An offset beyond the range of the clock becomes an instant far in the future.
    fn at(&self, offset: Duration) -> Instant {
        let wait = offset.saturating_sub(self.base).min(NEVER);
        self.since.checked_add(wait).unwrap_or(self.since)
    }

    /// Returns the update for an unfinished job; a finished one ends the watch.
    fn update(&self, seen: Seen) -> Option<Result<Update, Error>> {
        let job = self.poller.job().filter(|job| !job.is_finished())?.clone();
        Some(Ok(match seen {
            Seen::Advanced => Update::Advanced(job),
            Seen::Stale => Update::Stale(job),
            Seen::Unchanged | Seen::Refused(_) | Seen::Late | _ => Update::Unchanged(job),
        }))
    }

    /// Returns the error of a poll that failed permanently. A 404 becomes `Gone` or `Expired` if the job was seen before.
    fn permanent_error(&self, error: Error) -> Error {
        let Some(job) = self
            .poller
            .job()
            .filter(|_| error.kind() == ErrorKind::NotFound)
        else {
            return error;
        };
        let now = self.poller.server_time(self.offset());
        let expired = job
            .details()
            .expires_at()
            .is_some_and(|expires_at| Some(expires_at) <= now);
        error.with(|inner| {
            inner.kind = if expired {
                ErrorKind::Expired
            } else {
                ErrorKind::Gone
            }
        })
    }
}

/// Returns the error of a watch that reached one of its limits; `fault` is the failed poll that reached it.
fn limit_reached(stopped: Stopped, fault: Option<Error>) -> Error {
    let contradicted = fault
        .as_ref()
        .is_some_and(|fault| fault.kind() == ErrorKind::Contract);
    let kind = match stopped.reason() {
        StopReason::Expired => ErrorKind::Expired,
        _ if contradicted => ErrorKind::Contract,
        StopReason::Timeout | StopReason::Requests | StopReason::Faults | _ => ErrorKind::Stopped,
    };
    Error::new(kind, WATCH).with(|inner| {
        inner.stop = Some(stopped.reason());
        match fault {
            Some(fault) => {
                inner.what = Some(stopped.to_string().into());
                inner.adopt(&fault);
                inner.source = Some(fault.into());
            }
            None => inner.set_transparent_source(stopped),
        }
    })
}

pub(crate) const WATCH: &str = "watch import";

/// Thirty years.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);
