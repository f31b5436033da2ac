//! The poller of one job, with the clocks that it runs by.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::Timestamp;
use prism_imports_core::{
    Contradiction, ImportJob,
    poller::{Limits, Output, Pace, Poller, Seen, StopReason, Stopped},
};
use prism_imports_transport::{Streamed, retry::retry_after};
use tokio::time::Instant;

use super::{Finished, Update, WatchCheckpoint};
use crate::{
    error::{Error, ErrorKind},
    http::{CallOptions, Reply},
    ids::ImportHandle,
    requests::GetImport,
    session::Session,
    telemetry::Trace,
};

/// The poller of one job, with the clocks that it runs by.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) handle: ImportHandle,
    poller: Poller,
    since: Instant,
    /// The poller's offset at `since`: above 0 when the watch began in another process.
    base: Duration,
    trace: Trace,
}

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Next {
    Fetch,
    Wait(Instant),
    /// The watch is over, with this last item.
    Over(Box<Result<Update, Error>>),
}

impl Follow {
    /// Begins a watch at a time of day. A job whose handle has the key of its submit must exist.
    pub(crate) fn new(handle: ImportHandle, plan: &Plan, time_of_day: Timestamp) -> Self {
        let poller = Poller::new(Pace::default(), Limits::default(), fastrand::u64(..));
        let mut poller = poller.with_start(time_of_day);
        if handle.idempotency_key().is_some() {
            poller = poller.submitted();
        }
        Self::begin(Duration::ZERO, handle, poller, plan)
    }

    /// Resumes a watch that began before, maybe in another process. The time in between counts.
    pub(crate) fn resume(stored: WatchCheckpoint, plan: &Plan, time_of_day: Timestamp) -> Self {
        let began = stored.poller.began();
        let since_begun = began.map(|began| time_of_day.duration_since(began).try_into());
        let since_begun = since_begun.and_then(Result::ok).unwrap_or_default();
        let base = stored.poller.clock().max(since_begun);
        let mut poller = Poller::from(stored.poller);
        if began.is_none() {
            // The poller that made it had no time of day.
            poller = poller.with_start(time_of_day.checked_sub(base).unwrap_or(Timestamp::MIN));
        }
        Self::begin(base, stored.handle, poller, plan)
    }

    fn begin(base: Duration, handle: ImportHandle, poller: Poller, plan: &Plan) -> Self {
        let mut follow = Self {
            trace: Trace::default(),
            handle,
            poller,
            since: Instant::now(),
            base,
        };
        follow.apply(plan);
        follow
    }

    /// Applies the settings of a plan.
    pub(crate) fn apply(&mut self, plan: &Plan) {
        if let Some(pace) = &plan.pace {
            self.poller.set_pace(pace.clone());
        }
        let limits = plan.limits(self.poller.limits().clone());
        self.poller.set_limits(limits);
    }

    pub(crate) fn checkpoint(&self) -> WatchCheckpoint {
        WatchCheckpoint {
            handle: self.handle.clone(),
            poller: self.poller.checkpoint(),
        }
    }

    /// Returns what is to be done now. A watch that is over gives up its job.
    pub(crate) fn next(&mut self) -> Next {
        match self.poller.poll_output(self.offset()) {
            Output::Fetch { .. } => Next::Fetch,
            Output::Wait { until } => Next::Wait(self.at(until)),
            Output::Done => {
                // The poller is done only with a finished job.
                let end = self
                    .poller
                    .take_job()
                    .and_then(|job| Finished::try_from(job).ok());
                self.trace().job(None, end.as_ref().map(Finished::status));
                let end = end.map(Update::Finished);
                let end = end.ok_or_else(|| self.fail(Error::of_kind(ErrorKind::Stopped)));
                Next::Over(Box::new(end))
            }
            Output::Stopped(stopped) => {
                Next::Over(Box::new(Err(self.fail(give_up(*stopped, None)))))
            }
        }
    }

    /// Returns when something is to be done next.
    pub(crate) fn due(&mut self) -> Instant {
        match self.poller.poll_output(self.offset()) {
            Output::Wait { until } => self.at(until),
            Output::Fetch { .. } | Output::Done | Output::Stopped(_) => Instant::now(),
        }
    }

    /// Starts a poll, which must end with the watch.
    pub(crate) fn poll(
        &mut self,
        session: &Session,
        plan: &Plan,
    ) -> impl Future<Output = Result<Reply<ImportJob>, Error>> + Send + 'static + use<> {
        let mut get = GetImport::new(self.handle.clone());
        (get.options, get.operation) = (plan.call.clone(), Some(WATCH));
        get.options.timeout = self.left();
        // A job of many rows takes the memory of its rows. A body that is cut short is a fault, and the job is polled again.
        get.options.extensions.insert(Streamed);
        let session = session.clone();
        self.trace().run(async move { session.get(get).await })
    }

    /// Handles the result of a poll: returns the update to yield, or the error that ends the watch. `None` if
    /// the job is finished: [`Follow::next`] returns it.
    pub(crate) fn handle(
        &mut self,
        polled: Result<Reply<ImportJob>, Error>,
    ) -> Option<Result<Update, Error>> {
        let update = self.judge(polled);
        if let Some(Ok(update)) = &update {
            let wait = self.due().saturating_duration_since(Instant::now());
            self.trace().stepped(update.as_str(), update.fault(), wait);
        }
        update
    }

    fn judge(&mut self, polled: Result<Reply<ImportJob>, Error>) -> Option<Result<Update, Error>> {
        let now = self.offset();
        let (date, elapsed) = match &polled {
            Ok(reply) => (reply.date(), reply.report().elapsed),
            Err(error) => (error.inner.date, error.report().elapsed),
        };
        if let Some(date) = date {
            // The header has whole seconds, and the response took some time to arrive.
            let blur = elapsed.saturating_add(Duration::from_secs(1));
            let latest = date.checked_add(blur).unwrap_or(Timestamp::MAX);
            self.poller.handle_server_time(now, date, latest);
        }
        let fault = match polled {
            Ok(reply) => {
                let clock = self.poller.server_time(now);
                let clock = clock.and_then(|clock| SystemTime::try_from(clock).ok());
                let hint = retry_after(reply.headers(), clock.unwrap_or(UNIX_EPOCH));
                match self.poller.handle_snapshot(now, reply.into_value(), hint) {
                    Seen::Refused(conflict) => {
                        Error::of_kind(ErrorKind::Contract).with_message(conflict.to_string())
                    }
                    seen @ (Seen::Advanced | Seen::Unchanged | Seen::Stale | Seen::Late | _) => {
                        return self.update(seen, now).map(Ok);
                    }
                }
            }
            Err(error) => {
                let hint = error.retry_after();
                match error.find::<Contradiction>().cloned() {
                    Some(contradiction) => {
                        self.poller.handle_contradiction(now, contradiction, hint);
                    }
                    None if error.kind == ErrorKind::NotFound => {
                        self.poller.handle_not_found(now, hint);
                    }
                    None if error.is_retryable() => self.poller.handle_fault(now, hint),
                    None => return Some(Err(self.fail(error))),
                }
                error
            }
        };
        let fault = fault.during(WATCH).of_job(self.handle.job_id());
        match self.poller.poll_output(now) {
            Output::Stopped(stopped) => Some(Err(self.fail(give_up(*stopped, Some(fault))))),
            Output::Fetch { .. } | Output::Wait { .. } => Some(Ok(Update::Fault(fault))),
            Output::Done => None,
        }
    }

    /// Returns how much of its timeout is left to the watch; at least a moment, since a poll that is due now
    /// is due in time. The first poll of a resumed watch may come later.
    fn left(&self) -> Option<Duration> {
        let timeout = self.poller.limits().timeout()?;
        let left = timeout.saturating_sub(self.offset());
        if left.is_zero() && self.poller.is_restored() {
            return Some(ONE_POLL);
        }
        Some(left.max(Duration::from_millis(1)))
    }

    /// Adds what is known of the job to the error that ends the watch.
    fn fail(&mut self, error: Error) -> Error {
        let last = self.poller.take_job();
        let error = error.during(WATCH).of_handle(Some(&self.handle));
        let error = error.with(|inner| inner.last = inner.last.take().or(last));
        self.trace().failed(&error);
        error
    }

    /// Returns the span of the watch, which begins with the first poll. If it began when a job is added to a fleet, it would
    /// keep the span open in which that happens.
    fn trace(&mut self) -> &Trace {
        let (team, job) = (self.handle.team_id(), self.handle.job_id());
        self.trace.or_begin(WATCH, team, job)
    }

    /// Returns the time since the watch began.
    fn offset(&self) -> Duration {
        self.base.saturating_add(self.since.elapsed())
    }

    /// Returns the instant at an offset.
    fn at(&self, offset: Duration) -> Instant {
        let wait = offset.saturating_sub(self.base).min(NEVER);
        self.since.checked_add(wait).unwrap_or(self.since)
    }

    /// Makes the update of a snapshot; `None` if the watch is done.
    fn update(&mut self, seen: Seen, now: Duration) -> Option<Update> {
        let is_done = matches!(self.poller.poll_output(now), Output::Done);
        let job = self.poller.job().filter(|_| !is_done)?.clone();
        Some(match seen {
            _ if job.is_finished() => Update::ResultsPending(job),
            Seen::Advanced => Update::Advanced(job),
            Seen::Stale => Update::Stale(job),
            Seen::Unchanged | Seen::Refused(_) | Seen::Late | _ => Update::Unchanged(job),
        })
    }
}

/// Makes the error of a watch that is over; `fault` is that of the last poll.
fn give_up(stopped: Stopped, fault: Option<Error>) -> Error {
    let reason = stopped.reason();
    let kind = match reason {
        StopReason::Expired => ErrorKind::Expired,
        StopReason::Gone => ErrorKind::Gone,
        StopReason::NotFound => ErrorKind::NotFound,
        StopReason::Rejected => ErrorKind::Contract,
        StopReason::Timeout | StopReason::Requests | StopReason::Faults | _ => ErrorKind::Stopped,
    };
    let mut error = match fault {
        // The last response is the reason.
        Some(fault) if kind != ErrorKind::Stopped => fault,
        Some(fault) => fault.clone().with(|inner| {
            inner.what = Some(stopped.to_string().into());
            (inner.server, inner.body) = (None, None);
            inner.source = Some(Arc::new(fault));
        }),
        None => Error::of_kind(kind).caused_by(stopped),
    };
    error.kind = kind;
    error.with(|inner| inner.stop = Some(reason))
}

pub(super) const WATCH: &str = "watch import";

/// The time for the poll that a resumed watch makes after its timeout: that of one attempt by default.
const ONE_POLL: Duration = Duration::from_secs(30);

/// Thirty years: the longest wait, which every clock can express.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The settings of a watch: those that were set. Of a watch that is resumed the others are those it was stored with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) pace: Option<Pace>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_polls: Option<u32>,
    pub(crate) max_faults: Option<u32>,
    pub(crate) not_found_grace: Option<Duration>,
    pub(crate) results_grace: Option<Duration>,
    /// The settings of each poll.
    pub(crate) call: CallOptions,
}

impl Plan {
    /// Returns limits with those that were set in place of the given ones.
    fn limits(&self, limits: Limits) -> Limits {
        let limits = set(limits, self.timeout, Limits::with_timeout);
        let limits = set(limits, self.max_polls, Limits::with_requests);
        let limits = set(limits, self.max_faults, Limits::with_faults);
        let limits = set(limits, self.not_found_grace, Limits::with_not_found_grace);
        set(limits, self.results_grace, Limits::with_results_grace)
    }
}

fn set<T>(limits: Limits, given: Option<T>, with: fn(Limits, T) -> Limits) -> Limits {
    match given {
        Some(given) => with(limits, given),
        None => limits,
    }
}

/// The setters of [`Plan`] on a type that has one, and a method `replan` that applies it to what is running.
macro_rules! plan_options {
    () => {
        $crate::calls::plan_options! {
            /// Sets the pace: how promptly the end is seen, against how few requests. [`Pace::balanced`](prism_imports_core::poller::Pace::balanced) by default.
            pace: prism_imports_core::poller::Pace,
            /// Sets how long the watch may take, in all. The job goes on, and can be watched again.
            timeout: std::time::Duration,
            /// Sets the most polls that the watch may make; no limit by default. A poll that is retried is one poll.
            max_polls: u32,
            /// Sets how many polls in a row may fail before the watch gives up; 5 by default. A finished snapshot that
            /// contradicts itself counts as a failure, and is the error if it is the last one.
            max_faults: u32,
            /// Sets how long the server may answer that it does not know a job which was submitted, before its first
            /// snapshot; 30 s by default, counted from the first 404. The first polls may reach a replica that lags behind.
            ///
            /// A job counts as submitted if its handle has the key of the submit. A job of which only the id is given does not
            /// exist if the first poll says so.
            not_found_grace: std::time::Duration,
            /// Sets how long a complete job is polled again for results that are not there yet; 60 s by default. After that
            /// the job is returned without them, with the deviation `results_missing`.
            results_grace: std::time::Duration,
        }

        $crate::http::attempt_options!(plan.call);
    };
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        $($(#[$doc])*
        pub fn $name(mut self, $name: $type) -> Self {
            self.plan.$name = Some($name);
            self.replan()
        })*
    };
}

pub(crate) use plan_options;
