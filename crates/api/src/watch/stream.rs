//! The watch as a stream.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use futures_core::Stream;
use jiff::{SignedDuration, Timestamp};
use prism_imports_core::{
    Contradiction,
    poller::{Output, Pace, Poller, Seen, StopReason, Stopped},
};
use prism_imports_transport::retry::retry_after;
use sync_wrapper::SyncWrapper;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Plan, Update, plan_options};
use crate::{
    call::Answer,
    error::{Error, ErrorKind},
    handle::ImportHandle,
    imports::{Imports, Job},
};

/// A watch of one job: a stream of looks, the last of which is the finished job. Made by [`Imports::watch`].
///
/// Nothing is sent until the first poll. Each look is told before the wait for the next one. A look that fails
/// in a way that may pass is told as [`Update::Fault`]; so many of them in a row as [`Watch::max_faults`] end the
/// watch. Where only the end matters, [`Imports::wait`] is shorter.
///
/// # Errors
///
/// The last item, when the job's end was not seen: [`ErrorKind::Stopped`] when a limit of the watch was reached,
/// `Expired`, `Gone` or `NotFound` when the server does not know the job any more, or what makes a look fail for
/// good, such as a key that is refused. The error carries the last look and the handle.
///
/// # Cancel safety
///
/// Dropping the stream, or the future of [`Watch::next`], loses nothing: a request under way is kept by the
/// stream, and dropping that cancels nothing on the server.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// let mut watch = imports.watch("b5f1");
/// while let Some(update) = watch.next().await {
///     if let Some(job) = update?.job() {
///         println!("{}", job.progress());
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a watch does nothing until it is polled"]
pub struct Watch {
    imports: Imports,
    job: Job,
    plan: Plan,
    state: State,
    requests: u64,
}

#[derive(Debug)]
enum State {
    Planned,
    Running(Box<Running>),
    Over,
}

/// A watch that has begun.
#[derive(Debug)]
struct Running {
    poller: Poller,
    began: Instant,
    /// The time of day at `began`.
    time_of_day: Timestamp,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The poller is to be asked.
    Ask,
    Wait(Pin<Box<Sleep>>),
    Fetch(SyncWrapper<Fetch>),
}

type Fetch = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

impl Watch {
    plan_options!();

    pub(crate) fn new(imports: Imports, job: Job) -> Self {
        Self::planned(imports, job, Plan::default())
    }

    pub(super) fn planned(imports: Imports, job: Job, plan: Plan) -> Self {
        Self {
            imports,
            job,
            plan,
            state: State::Planned,
            requests: 0,
        }
    }

    /// Waits for the next look; `None` when the watch is over.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let mut watch = imports.watch("b5f1");
    /// let first = watch.next().await.transpose()?;
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Update, Error>> {
        poll_fn(|cx| self.poll_update(cx)).await
    }

    /// Returns how many requests the watch has sent, those that were retries included.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// assert_eq!(client.imports().watch("b5f1").requests(), 0);
    /// ```
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// The error of a watch that is asked for more after its end.
    pub(super) fn over(&self) -> Error {
        self.job.name(Error::new(ErrorKind::Stopped, WATCH))
    }

    fn poll_update(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Update, Error>>> {
        loop {
            let running = match &mut self.state {
                State::Planned => {
                    self.state = State::Running(Box::new(Running::new(&self.plan)));
                    continue;
                }
                State::Running(running) => running,
                State::Over => return Poll::Ready(None),
            };
            match &mut running.step {
                Step::Ask => match running.poller.poll_output(running.now()) {
                    Output::Fetch { .. } => {
                        let fetch = fetch(&self.imports, &self.job, &self.plan, running);
                        running.step = Step::Fetch(SyncWrapper::new(fetch));
                    }
                    Output::Wait { until } => {
                        running.step = Step::Wait(Box::pin(sleep_until(running.at(until))));
                    }
                    Output::Done => return Poll::Ready(self.done()),
                    Output::Stopped(stopped) => {
                        return Poll::Ready(Some(Err(self.stopped(stopped, None))));
                    }
                },
                Step::Wait(sleep) => {
                    ready!(sleep.as_mut().poll(cx));
                    running.step = Step::Ask;
                }
                Step::Fetch(fetch) => {
                    let result = ready!(fetch.get_mut().as_mut().poll(cx));
                    running.step = Step::Ask;
                    if let Some(update) = self.take(result) {
                        return Poll::Ready(Some(update));
                    }
                }
            }
        }
    }

    /// Takes in what a fetch brought; `None` when there is nothing to tell before the poller is asked again.
    fn take(&mut self, result: Result<Answer, Error>) -> Option<Result<Update, Error>> {
        let State::Running(running) = &mut self.state else {
            return None;
        };
        let now = running.now();
        let attempts = match &result {
            Ok(answer) => answer.report().attempts(),
            Err(error) => error.attempts(),
        };
        self.requests = self.requests.saturating_add(attempts.into());
        let read = result.and_then(|answer| {
            let hint = retry_after(answer.headers(), SystemTime::now());
            answer.job(WATCH).map(|job| (job, hint))
        });
        let error = match read {
            Ok((job, hint)) => match running.poller.handle_snapshot(now, job, hint) {
                Seen::Refused(conflict) => Error::new(ErrorKind::Contract, WATCH)
                    .with(|inner| inner.what = Some(conflict.to_string().into())),
                seen @ (Seen::Advanced | Seen::Unchanged | Seen::Stale | Seen::Late | _) => {
                    return running.tell(seen);
                }
            },
            Err(error) => {
                match error.find::<Contradiction>().cloned() {
                    Some(contradiction) => {
                        running.poller.handle_contradiction(
                            now,
                            contradiction,
                            error.retry_after(),
                        );
                    }
                    None if error.is_retryable() => {
                        running.poller.handle_fault(now, error.retry_after());
                    }
                    None => return Some(Err(self.lost(error))),
                }
                error
            }
        };
        match running.poller.poll_output(now) {
            Output::Stopped(stopped) => Some(Err(self.stopped(stopped, Some(error)))),
            Output::Fetch { .. } | Output::Wait { .. } | Output::Done => {
                Some(Ok(Update::Fault(self.job.name(error))))
            }
        }
    }

    /// Ends the watch with the finished job.
    fn done(&mut self) -> Option<Result<Update, Error>> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Running(running) => running
                .poller
                .into_job()
                .map(|job| Ok(Update::Advanced(job))),
            State::Planned | State::Over => None,
        }
    }

    /// Ends the watch at one of its limits; `fault` is the look that reached it.
    fn stopped(&mut self, stopped: Box<Stopped>, fault: Option<Error>) -> Error {
        let kind = match stopped.reason() {
            StopReason::Expired => ErrorKind::Expired,
            _ if fault
                .as_ref()
                .is_some_and(|fault| fault.kind() == ErrorKind::Contract) =>
            {
                ErrorKind::Contract
            }
            StopReason::Deadline | StopReason::Requests | StopReason::Faults | _ => {
                ErrorKind::Stopped
            }
        };
        let error = Error::new(kind, WATCH).with(|inner| {
            inner.stop = Some(stopped.reason());
            match fault {
                Some(fault) => {
                    inner.what = Some(stopped.to_string().into());
                    inner.source = Some(fault.into());
                }
                None => inner.tell(*stopped),
            }
        });
        self.end(error)
    }

    /// Ends the watch with a look that failed for good.
    fn lost(&mut self, error: Error) -> Error {
        let gone = match &self.state {
            State::Running(running) if error.kind() == ErrorKind::NotFound => running.gone(),
            State::Running(_) | State::Planned | State::Over => None,
        };
        self.end(error.with(|inner| inner.kind = gone.unwrap_or(inner.kind)))
    }

    /// Ends the watch and puts on the error what is known of the job.
    fn end(&mut self, error: Error) -> Error {
        let last = match std::mem::replace(&mut self.state, State::Over) {
            State::Running(running) => running.poller.into_job(),
            State::Planned | State::Over => None,
        };
        let handle = self
            .job
            .id()
            .ok()
            .zip(self.imports.team)
            .map(|(job, team)| ImportHandle::new(team, job.clone()));
        self.job.name(error).with(|inner| {
            inner.last = last.map(Box::new);
            inner.handle = handle;
        })
    }
}

impl Running {
    fn new(plan: &Plan) -> Self {
        let time_of_day = Timestamp::now();
        let poller = Poller::new(plan.pace.clone(), plan.limits.clone(), fastrand::u64(..));
        Self {
            poller: poller.with_start(time_of_day),
            began: Instant::now(),
            time_of_day,
            step: Step::Ask,
        }
    }

    /// The offset since the watch began.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The instant at an offset; one beyond what the clock holds is as good as never.
    fn at(&self, offset: Duration) -> Instant {
        self.began
            .checked_add(offset)
            .unwrap_or_else(|| Instant::now() + NEVER)
    }

    /// What a look at an unfinished job tells; a finished one is told by the poller's end.
    fn tell(&self, seen: Seen) -> Option<Result<Update, Error>> {
        let job = self.poller.job().filter(|job| !job.is_finished())?.clone();
        Some(Ok(match seen {
            Seen::Advanced => Update::Advanced(job),
            Seen::Stale => Update::Stale(job),
            Seen::Unchanged | Seen::Refused(_) | Seen::Late | _ => Update::Unchanged(job),
        }))
    }

    /// What a 404 means of a job that was seen before.
    fn gone(&self) -> Option<ErrorKind> {
        let expires_at = self.poller.job()?.details().expires_at();
        let elapsed = SignedDuration::try_from(self.now()).unwrap_or(SignedDuration::MAX);
        let now = self
            .time_of_day
            .checked_add(elapsed)
            .unwrap_or(Timestamp::MAX);
        let expired = expires_at.is_some_and(|expires_at| expires_at <= now);
        Some(if expired {
            ErrorKind::Expired
        } else {
            ErrorKind::Gone
        })
    }
}

/// Starts a look, which must end with the watch.
fn fetch(imports: &Imports, job: &Job, plan: &Plan, running: &Running) -> Fetch {
    let (imports, job, mut options) = (imports.clone(), job.clone(), plan.call.clone());
    if let Some(deadline) = plan.limits.deadline() {
        // What is due now is due before the deadline, so some time is left.
        let left = deadline
            .saturating_sub(running.now())
            .max(Duration::from_millis(1));
        options.deadline = Some(left);
    }
    Box::pin(async move { imports.poll(&job, &options, WATCH).await })
}

impl Stream for Watch {
    type Item = Result<Update, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_update(cx)
    }
}

const WATCH: &str = "watch import";

/// Thirty years.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);
