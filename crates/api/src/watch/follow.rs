//! What a watch knows of its job, and how it takes in what a look brought.

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

/// The poller of one job with the clocks it runs by: the one place that knows both.
#[derive(Debug)]
pub(crate) struct Follow {
    poller: Poller,
    since: Instant,
    /// The poller's offset at `since`: above 0 when the watch began in another process.
    base: Duration,
}

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Next {
    Fetch,
    Wait(Instant),
    /// The finished job was seen.
    Done,
    /// The watch is over without it.
    Stopped(Error),
}

impl Follow {
    /// Begins a watch at a time of day.
    pub(crate) fn new(plan: &Plan, time_of_day: Timestamp) -> Self {
        let poller = Poller::new(plan.pace.clone(), plan.limits.clone(), fastrand::u64(..));
        let poller = poller.with_start(time_of_day);
        Self {
            poller,
            since: Instant::now(),
            base: Duration::ZERO,
        }
    }

    /// Goes on with a watch that began before, maybe in another process; the time between counts.
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
            // Made by a poller that was told no time of day.
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

    /// Says what is to be done now.
    pub(crate) fn next(&mut self) -> Next {
        match self.poller.poll_output(self.offset()) {
            Output::Fetch { .. } => Next::Fetch,
            Output::Wait { until } => Next::Wait(self.at(until)),
            Output::Done => Next::Done,
            Output::Stopped(stopped) => Next::Stopped(give_up(*stopped, None)),
        }
    }

    /// Takes in what a look brought: the update to tell, or the error that ends the watch. `None` is told by
    /// [`Follow::next`].
    pub(crate) fn take(
        &mut self,
        looked: Result<Answer, Error>,
        job: &Job,
    ) -> Option<Result<Update, Error>> {
        let now = self.offset();
        if let Ok(answer) = &looked
            && let Some(date) = answer.date()
        {
            // The date is that of a second, and some time went by on the way.
            let blur = answer
                .report()
                .elapsed()
                .saturating_add(Duration::from_secs(1));
            let latest = date.checked_add(blur).unwrap_or(Timestamp::MAX);
            self.poller.handle_server_time(now, date, latest);
        }
        let clock = self.poller.server_time(now);
        let clock = clock.and_then(|clock| SystemTime::try_from(clock).ok());
        let read = looked.and_then(|answer| {
            let hint = retry_after(answer.headers(), clock.unwrap_or(UNIX_EPOCH));
            answer.job(WATCH).map(|job| (job, hint))
        });
        let fault = match read {
            Ok((job, hint)) => match self.poller.handle_snapshot(now, job, hint) {
                Seen::Refused(conflict) => Error::new(ErrorKind::Contract, WATCH)
                    .with(|inner| inner.what = Some(conflict.to_string().into())),
                seen @ (Seen::Advanced | Seen::Unchanged | Seen::Stale | Seen::Late | _) => {
                    return self.tell(seen);
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
                    None => return Some(Err(self.lost(error))),
                }
                error
            }
        };
        let fault = job.name(fault);
        match self.poller.poll_output(now) {
            Output::Stopped(stopped) => Some(Err(give_up(*stopped, Some(fault)))),
            Output::Fetch { .. } | Output::Wait { .. } | Output::Done => {
                Some(Ok(Update::Fault(fault)))
            }
        }
    }

    /// Returns the time that is left to the watch, if it has a deadline; at least a moment, since what is due now
    /// is due before it.
    pub(crate) fn left(&self) -> Option<Duration> {
        let deadline = self.poller.limits().deadline()?;
        Some(
            deadline
                .saturating_sub(self.offset())
                .max(Duration::from_millis(1)),
        )
    }

    /// Reads here and there what a look will read; what it returns means nothing.
    pub(crate) fn glance(&self) -> impl Sized {
        let (limits, job) = (self.poller.limits(), self.poller.job());
        (
            limits.faults(),
            self.poller.requests(),
            self.poller.stale(),
            job.map(|job| job.deviations().len()),
            job.and_then(|job| job.id()?.as_str().bytes().next()),
        )
    }

    /// The job as it was last seen, taken out.
    pub(crate) fn into_job(self) -> Option<ImportJob> {
        self.poller.into_job()
    }

    /// The offset since the watch began.
    fn offset(&self) -> Duration {
        self.base.saturating_add(self.since.elapsed())
    }

    /// The instant at an offset; one beyond what the clock holds is as good as never.
    fn at(&self, offset: Duration) -> Instant {
        let wait = offset.saturating_sub(self.base).min(NEVER);
        self.since.checked_add(wait).unwrap_or(self.since)
    }

    /// What a look at an unfinished job tells; a finished one ends the watch.
    fn tell(&self, seen: Seen) -> Option<Result<Update, Error>> {
        let job = self.poller.job().filter(|job| !job.is_finished())?.clone();
        Some(Ok(match seen {
            Seen::Advanced => Update::Advanced(job),
            Seen::Stale => Update::Stale(job),
            Seen::Unchanged | Seen::Refused(_) | Seen::Late | _ => Update::Unchanged(job),
        }))
    }

    /// The error of a look that failed for good: a 404 of a job that was seen before says more.
    fn lost(&self, error: Error) -> Error {
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

/// The error of a watch that reached one of its limits; `fault` is the look that did.
fn give_up(stopped: Stopped, fault: Option<Error>) -> Error {
    let contradicted = fault
        .as_ref()
        .is_some_and(|fault| fault.kind() == ErrorKind::Contract);
    let kind = match stopped.reason() {
        StopReason::Expired => ErrorKind::Expired,
        _ if contradicted => ErrorKind::Contract,
        StopReason::Deadline | StopReason::Requests | StopReason::Faults | _ => ErrorKind::Stopped,
    };
    Error::new(kind, WATCH).with(|inner| {
        inner.stop = Some(stopped.reason());
        match fault {
            Some(fault) => {
                inner.what = Some(stopped.to_string().into());
                inner.adopt(&fault);
                inner.source = Some(fault.into());
            }
            None => inner.tell(stopped),
        }
    })
}

pub(crate) const WATCH: &str = "watch import";

/// Thirty years.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);
