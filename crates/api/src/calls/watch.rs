//! Watching a job until it is finished.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt};
use prism_imports_core::{ImportJob, poller::Checkpoint};
use serde::{Deserialize, Serialize};
use sync_wrapper::SyncWrapper;
use tokio::time::sleep_until;

use super::{
    Finished, Update,
    follow::{Follow, Next, Plan, WATCH, plan_options},
};
use crate::{
    error::{ConfigError, Error, ErrorKind},
    http::Reply,
    ids::ImportHandle,
    session::{Call, Session},
    telemetry::Trace,
};

/// A watch of one job: a stream of poll results, the last of which is [`Update::Finished`]. Made by
/// [`Imports::watch`](crate::Imports::watch).
///
/// Polls are decoded as they arrive, in the memory of the job's rows. `attempt_timeout` bounds the wait for the head of a
/// response, and the client's `timeout` and `idle_timeout` its body.
///
/// Nothing is sent until the first poll of the stream. Each result is yielded as soon as it arrives. A poll that fails
/// in a way that may be temporary is yielded as [`Update::Fault`]; [`Watch::max_faults`] of them in a row end the
/// watch. If only the end matters, await the watch.
///
/// # Errors
///
/// The last item, if the end of the job was not seen: [`ErrorKind::Stopped`] if a limit of the watch was
/// reached, `Expired`, `Gone` or `NotFound` if the server does not know the job any more, or the final error of a
/// poll, such as a key that is refused. The error carries the last snapshot and the handle.
///
/// # Cancel safety
///
/// Dropping the stream, or the future of [`Watch::next`], loses nothing: the stream keeps a request that is under way,
/// and dropping it cancels nothing on the server.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use prism_imports::Update;
///
/// let mut watch = imports.watch("b5f1");
/// while let Some(update) = watch.next().await {
///     match update? {
///         Update::Finished(end) => println!("finished: {}", end.progress()),
///         other => println!("{:?}", other.job().map(|job| job.progress())),
///     }
/// }
/// # Ok(()) }
/// ```
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use std::time::Duration;
/// use prism_imports::{Finished, poller::Pace};
///
/// let end = imports.wait("b5f1").pace(Pace::frugal()).timeout(Duration::from_secs(3600)).await?;
/// if let Finished::Complete(job) = end {
///     println!("{} rows failed", job.failed_rows().count());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a watch does nothing until it is polled"]
pub struct Watch {
    session: Session,
    plan: Plan,
    state: State,
    requests: u64,
    /// The head of the last response.
    head: Option<Reply<()>>,
}

#[derive(Debug)]
enum State {
    /// Not polled yet.
    Planned(Result<ImportHandle, ConfigError>),
    /// Not polled yet, and begun before.
    Stored(Box<WatchCheckpoint>),
    Running(Box<Follow>, Option<SyncWrapper<Step>>),
    Over,
}

/// A wait, or a poll with its result.
type Step = Pin<Box<dyn Future<Output = Option<Result<Reply<ImportJob>, Error>>> + Send>>;

impl Watch {
    plan_options!();

    pub(crate) fn new(call: Call) -> Self {
        Self::in_state(&call.session, State::Planned(call.target))
    }

    pub(crate) fn resumed(session: &Session, checkpoint: WatchCheckpoint) -> Self {
        Self::in_state(session, State::Stored(Box::new(checkpoint)))
    }

    fn in_state(session: &Session, state: State) -> Self {
        Self {
            session: session.clone(),
            plan: Plan::default(),
            state,
            requests: 0,
            head: None,
        }
    }

    /// Waits for the next result; `None` if the watch is over.
    pub async fn next(&mut self) -> Option<Result<Update, Error>> {
        StreamExt::next(self).await
    }

    /// Waits for the end, and returns the head of the last response too.
    ///
    /// # Errors
    ///
    /// See [`Watch`]; [`ErrorKind::Argument`] if the watch is over already.
    pub async fn reply(mut self) -> Result<Reply<Finished>, Error> {
        while let Some(update) = self.next().await {
            if let Update::Finished(end) = update? {
                let head = self.head.take().unwrap_or_else(|| Reply::new(()));
                return Ok(head.map(|()| end));
            }
        }
        let over = Error::of_kind(ErrorKind::Argument).with_message("the watch is over");
        Err(over.during(WATCH))
    }

    /// Returns how many requests the watch has sent, retries included.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Returns the watch in a form to store, for [`Imports::resume`](crate::Imports::resume); `None` before the first poll
    /// and after the end.
    ///
    /// Taken at any time, it costs the resumed watch at most one request more.
    pub fn checkpoint(&self) -> Option<WatchCheckpoint> {
        match &self.state {
            State::Running(follow, _) => Some(follow.checkpoint()),
            State::Stored(checkpoint) => Some((**checkpoint).clone()),
            State::Planned(_) | State::Over => None,
        }
    }

    fn replan(mut self) -> Self {
        if let State::Running(follow, _) = &mut self.state {
            follow.apply(&self.plan);
        }
        self
    }
}

impl Stream for Watch {
    type Item = Result<Update, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let watch = self.get_mut();
        loop {
            let now = || watch.session.client.now();
            let begun = |follow| (Box::new(follow), None);
            let (mut follow, step) = match mem::replace(&mut watch.state, State::Over) {
                State::Running(follow, step) => (follow, step),
                State::Planned(Ok(handle)) => begun(Follow::new(handle, &watch.plan, now())),
                State::Planned(Err(error)) => {
                    let error = Error::from(error).during(WATCH);
                    Trace::begin(WATCH, watch.session.team, None).failed(&error);
                    return Poll::Ready(Some(Err(error)));
                }
                State::Stored(stored) => begun(Follow::resume(*stored, &watch.plan, now())),
                State::Over => return Poll::Ready(None),
            };
            let mut step = match step {
                Some(step) => step,
                None => SyncWrapper::<Step>::new(match follow.next() {
                    Next::Fetch => Box::pin(follow.poll(&watch.session, &watch.plan).map(Some)),
                    Next::Wait(until) => Box::pin(sleep_until(until).map(|()| None)),
                    Next::Over(end) => return Poll::Ready(Some(*end)),
                }),
            };
            let Poll::Ready(polled) = step.get_mut().as_mut().poll(cx) else {
                watch.state = State::Running(follow, Some(step));
                return Poll::Pending;
            };
            let mut update = None;
            if let Some(polled) = polled {
                let attempts = match &polled {
                    Ok(reply) => reply.attempts(),
                    Err(error) => error.attempts(),
                };
                watch.requests = watch.requests.saturating_add(attempts.into());
                watch.head = polled.as_ref().ok().map(Reply::head);
                update = follow.handle(polled);
            }
            if !matches!(update, Some(Err(_))) {
                watch.state = State::Running(follow, None);
            }
            if update.is_some() {
                return Poll::Ready(update);
            }
        }
    }
}

/// A watch in a form to store: the handle, the last snapshot, and the time of the next poll. Made by
/// [`Watch::checkpoint`](crate::Watch::checkpoint), taken by [`Imports::resume`](crate::Imports::resume).
///
/// It also has the server's clock. Its parts hold their version; an unknown version is refused.
///
/// ```no_run
/// # fn example(imports: &prism_imports::Imports, stored: &str) -> Result<(), serde_json::Error> {
/// let checkpoint: prism_imports::WatchCheckpoint = serde_json::from_str(stored)?;
/// println!("resuming {}", checkpoint.handle().job_id());
/// let watch = imports.resume(checkpoint);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchCheckpoint {
    pub(crate) handle: ImportHandle,
    pub(crate) poller: Checkpoint,
}

impl WatchCheckpoint {
    /// Returns the handle of the job.
    pub fn handle(&self) -> &ImportHandle {
        &self.handle
    }

    /// Returns the state of the poller, with the last snapshot of the job.
    pub fn poller(&self) -> &Checkpoint {
        &self.poller
    }
}

awaited!(Watch => Finished);
