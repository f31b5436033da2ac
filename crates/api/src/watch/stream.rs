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
    /// What the last answer said besides the job.
    head: Option<Reply<()>>,
}

#[derive(Debug)]
enum State {
    /// Not polled yet; maybe begun in another process.
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

/// A look that is under way.
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

    /// Returns the watch in a form to store, to go on with [`Imports::resume`]; `None` before the first poll and
    /// after the end.
    ///
    /// Taken at any time it costs the watch that goes on at most one request more.
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

    /// Takes what the last answer said besides the job.
    pub(super) fn take_head(&mut self) -> Option<Reply<()>> {
        self.head.take()
    }

    /// The error of a watch that is asked for more after its end.
    pub(super) fn over(&self) -> Error {
        self.job.name(Error::new(ErrorKind::Stopped, WATCH))
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
                    let looked = ready!(fetch.get_mut().as_mut().poll(cx));
                    *step = Step::Ask;
                    self.requests = self.requests.saturating_add(attempts(&looked).into());
                    self.head = looked.as_ref().ok().map(Reply::head_of);
                    match follow.take(looked, &self.job) {
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

    /// Ends the watch without it.
    fn fail(&mut self, error: Error) -> Error {
        let last = self.end();
        know(error, &self.job, self.handle(), last)
    }

    fn end(&mut self) -> Option<ImportJob> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Running(follow, _) => follow.into_job(),
            State::Planned(_) | State::Over => None,
        }
    }
}

/// Puts on the error that ends a watch what is known of the job.
pub(crate) fn know(
    error: Error,
    job: &Job,
    handle: Option<ImportHandle>,
    last: Option<ImportJob>,
) -> Error {
    job.name(error).with(|inner| {
        inner.last = last.map(Box::new);
        inner.handle = handle;
    })
}

/// Returns how many requests a look has cost.
fn attempts(looked: &Result<Answer, Error>) -> u32 {
    match looked {
        Ok(answer) => answer.report().attempts(),
        Err(error) => error.attempts(),
    }
}

/// Starts a look, which must end with the watch.
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
