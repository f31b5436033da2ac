//! The watch as a stream.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use prism_imports_core::{
    ImportJob,
    poller::{Checkpoint, Pace},
};
use sync_wrapper::SyncWrapper;
use tokio::time::{Sleep, sleep_until};

use super::{
    Plan, Update, WatchCheckpoint,
    follow::{Follow, Next, WATCH},
    plan_options,
};
use crate::{
    call::{Answer, Reply},
    error::{Error, ErrorKind},
    handle::ImportHandle,
    imports::{Imports, Job},
};

/// A watch of one job: a stream of updates that ends with the finished job. Created by [`Imports::watch`].
///
/// Nothing is sent until the stream is first polled. Each poll result is yielded as soon as it arrives. A transient
/// failure is yielded as [`Update::Fault`]; [`Watch::max_faults`] consecutive failures end the watch. Use
/// [`Imports::wait`] if only the result matters.
///
/// # Errors
///
/// An error is the last item of the stream: [`ErrorKind::Stopped`] if a limit of the watch was reached; `Expired`,
/// `Gone` or `NotFound` if the job no longer exists; or the error of a poll that failed permanently, for example because
/// the key was rejected. The error carries the job as it was last seen and its handle.
///
/// # Cancel safety
///
/// Dropping the future of [`Watch::next`] loses nothing: the stream keeps the request in flight. Dropping the stream
/// cancels nothing on the server.
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
    /// The status and headers of the last answer.
    head: Option<Reply<()>>,
}

#[derive(Debug)]
enum State {
    /// Not polled yet; with a checkpoint if the watch is resumed.
    Planned(Option<Box<Checkpoint>>),
    Running(Box<Follow>, Step),
    Over,
}

#[derive(Debug)]
enum Step {
    Ask,
    Wait(Pin<Box<Sleep>>),
    Fetch(SyncWrapper<Fetch>),
}

/// A status request in flight.
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
            state: State::Planned(None),
            requests: 0,
            head: None,
        }
    }

    pub(crate) fn resumed(imports: Imports, job: Job, checkpoint: Checkpoint) -> Self {
        let state = State::Planned(Some(Box::new(checkpoint)));
        Self {
            state,
            ..Self::new(imports, job)
        }
    }

    /// Waits for the next update; `None` after the end of the watch.
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

    /// Returns the number of requests that the watch has sent, retries included.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// assert_eq!(client.imports().watch("b5f1").requests(), 0);
    /// ```
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Returns a checkpoint for [`Imports::resume`]; `None` before the first poll and after the end.
    ///
    /// A watch that is resumed from a checkpoint sends at most one more request than an uninterrupted one.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut watch = imports.watch("b5f1");
    /// watch.next().await.transpose()?;
    /// let stored = serde_json::to_string(&watch.checkpoint())?;
    /// # Ok(()) }
    /// ```
    pub fn checkpoint(&self) -> Option<WatchCheckpoint> {
        let poller = match &self.state {
            State::Running(follow, _) => follow.checkpoint(),
            State::Planned(Some(checkpoint)) => (**checkpoint).clone(),
            State::Planned(None) | State::Over => return None,
        };
        Some(WatchCheckpoint::new(self.handle()?, poller))
    }

    /// Takes the status and headers of the last answer.
    pub(super) fn take_head(&mut self) -> Option<Reply<()>> {
        self.head.take()
    }

    /// Returns the error of a watch that is polled after its end.
    pub(super) fn over(&self) -> Error {
        self.job.set_on(Error::new(ErrorKind::Stopped, WATCH))
    }

    fn handle(&self) -> Option<ImportHandle> {
        Some(ImportHandle::new(
            self.imports.team?,
            self.job.id().ok()?.clone(),
        ))
    }

    fn poll_update(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Update, Error>>> {
        loop {
            let (follow, step) = match &mut self.state {
                State::Planned(checkpoint) => {
                    let now = self.imports.client.now();
                    let follow = match checkpoint.take() {
                        Some(checkpoint) => Follow::resume(*checkpoint, now),
                        None => Follow::new(&self.plan, now),
                    };
                    self.state = State::Running(Box::new(follow), Step::Ask);
                    continue;
                }
                State::Running(follow, step) => (follow, step),
                State::Over => return Poll::Ready(None),
            };
            match step {
                Step::Ask => match follow.next() {
                    Next::Fetch => {
                        let fetch = fetch(&self.imports, &self.job, &self.plan, follow);
                        *step = Step::Fetch(SyncWrapper::new(fetch));
                    }
                    Next::Wait(until) => *step = Step::Wait(Box::pin(sleep_until(until))),
                    Next::Done => return Poll::Ready(Some(self.finish())),
                    Next::Stopped(error) => return Poll::Ready(Some(Err(self.fail(error)))),
                },
                Step::Wait(sleep) => {
                    ready!(sleep.as_mut().poll(cx));
                    *step = Step::Ask;
                }
                Step::Fetch(fetch) => {
                    let polled = ready!(fetch.get_mut().as_mut().poll(cx));
                    *step = Step::Ask;
                    self.requests = self.requests.saturating_add(attempts(&polled).into());
                    self.head = polled.as_ref().ok().map(Reply::head_of);
                    match follow.handle_answer(polled, &self.job) {
                        None => {}
                        Some(Ok(update)) => return Poll::Ready(Some(Ok(update))),
                        Some(Err(error)) => return Poll::Ready(Some(Err(self.fail(error)))),
                    }
                }
            }
        }
    }

    /// Ends the watch with the finished job.
    fn finish(&mut self) -> Result<Update, Error> {
        self.end().map(Update::Advanced).ok_or_else(|| self.over())
    }

    /// Ends the watch with an error.
    fn fail(&mut self, error: Error) -> Error {
        let last = self.end();
        with_job_context(error, &self.job, self.handle(), last)
    }

    fn end(&mut self) -> Option<ImportJob> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Running(follow, _) => follow.into_job(),
            State::Planned(_) | State::Over => None,
        }
    }
}

/// Adds the job, its handle and its last state to the error that ends a watch.
pub(crate) fn with_job_context(
    error: Error,
    job: &Job,
    handle: Option<ImportHandle>,
    last: Option<ImportJob>,
) -> Error {
    job.set_on(error).with(|inner| {
        inner.last = last.map(Box::new);
        inner.handle = handle;
    })
}

/// Returns the number of requests of a poll.
fn attempts(polled: &Result<Answer, Error>) -> u32 {
    match polled {
        Ok(answer) => answer.report().attempts(),
        Err(error) => error.attempts(),
    }
}

/// Starts a status request, which ends with the watch at the latest.
pub(crate) fn fetch(imports: &Imports, job: &Job, plan: &Plan, follow: &Follow) -> Fetch {
    let (imports, job, mut options) = (imports.clone(), job.clone(), plan.call.clone());
    options.timeout = follow.left();
    Box::pin(async move { imports.poll(&job, &options, WATCH).await })
}

impl Stream for Watch {
    type Item = Result<Update, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_update(cx)
    }
}
