//! Many jobs, followed by one task.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream::FuturesUnordered};
use prism_imports_core::{ImportJob, JobId};
use prism_imports_transport::RetryPolicy;
use sync_wrapper::SyncWrapper;
use tokio::time::{Instant, Sleep, sleep_until};
use uuid::Uuid;

use crate::{
    calls::{Follow, Next, Plan, Update, WatchCheckpoint, plan_options},
    error::Error,
    http::Reply,
    ids::ImportHandle,
    session::Session,
};

/// Many jobs followed by one task, under the quota of one client: a stream of poll results, each with its job's handle.
/// Made by [`Imports::fleet`](crate::Imports::fleet).
///
/// Jobs can be added and removed at any time. The job that is due first is polled first, so none starves; a job that
/// fails to answer is polled again at its own pace and holds up no other. There are
/// never more polls under way than [`Fleet::concurrency`] allows, and none is started while the stream is not
/// polled: a slow consumer slows the polling down, and no memory grows.
///
/// The last item of a job is [`Update::Finished`], or the error that ends its watch; the job has left the fleet then. The
/// stream ends when the fleet is empty, and goes on when a job is added. Settings apply to all jobs, those in
/// the fleet included; a restored job keeps its stored settings until they are set anew.
///
/// A poll is not retried: its failure is yielded as [`Update::Fault`], and the job's pace decides when to poll
/// again. [`Fleet::retry`] changes that.
///
/// # Cancel safety
///
/// Dropping the future of [`Fleet::next`] loses nothing. Dropping the fleet cancels nothing on the server.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports, handles: Vec<prism_imports::ImportHandle>) {
/// let mut fleet = imports.fleet();
/// for handle in handles {
///     fleet.add(handle);
/// }
/// while let Some((handle, update)) = fleet.next().await {
///     println!("{}: {update:?}", handle.job_id());
/// }
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a fleet does nothing until it is polled"]
pub struct Fleet {
    session: Session,
    plan: Plan,
    concurrency: usize,
    /// Boxed, since up to half of the places in the table are empty.
    members: HashMap<Name, Box<Follow>>,
    /// The jobs by the time of their next poll; of those due at once, the one that was queued first.
    queue: BTreeMap<(Instant, u64), Name>,
    /// How often a job was queued.
    queued: u64,
    polls: SyncWrapper<FuturesUnordered<Polling>>,
    alarm: Option<Pin<Box<Sleep>>>,
}

/// The name of a job, shared by the table and by its place in the queue or its poll. If a job is removed and added again,
/// the table has a new `Arc`: the place or poll of the earlier one is ignored.
type Name = Arc<(Uuid, JobId)>;

type Polling = Pin<Box<dyn Future<Output = (Name, Result<Reply<ImportJob>, Error>)> + Send>>;

type Item = (ImportHandle, Result<Update, Error>);

impl Fleet {
    plan_options!();

    pub(crate) fn new(session: &Session) -> Self {
        let mut plan = Plan::default();
        plan.call.extensions.insert(RetryPolicy::none());
        Self {
            session: session.clone(),
            plan,
            concurrency: CONCURRENCY,
            members: HashMap::new(),
            queue: BTreeMap::new(),
            queued: 0,
            polls: SyncWrapper::new(FuturesUnordered::new()),
            alarm: None,
        }
    }

    /// Sets how many polls may be under way at once; 64 by default.
    pub fn concurrency(mut self, polls: NonZeroUsize) -> Self {
        self.concurrency = polls.get();
        self
    }

    /// Adds a job, whose first poll is due at once. Returns `false` if it is in the fleet already.
    pub fn add(&mut self, handle: ImportHandle) -> bool {
        self.insert(Follow::new(handle, &self.plan, self.session.client.now()))
    }

    /// Adds a job from its checkpoint. Returns `false` if it is in the fleet already.
    pub fn resume(&mut self, checkpoint: WatchCheckpoint) -> bool {
        let now = self.session.client.now();
        self.insert(Follow::resume(checkpoint, &self.plan, now))
    }

    /// Removes a job and ends its watch; `None` if it is not in the fleet.
    ///
    /// The result of a poll that is under way is dropped.
    pub fn remove(&mut self, handle: &ImportHandle) -> Option<WatchCheckpoint> {
        Some(self.members.remove(&name(handle))?.checkpoint())
    }

    /// Iterates over the handles of the jobs, in no order.
    pub fn handles(&self) -> impl Iterator<Item = &ImportHandle> {
        self.members.values().map(|follow| &follow.handle)
    }

    /// Returns how many jobs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns `true` if there is no job.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns one job in a form to store, for [`Fleet::resume`] or [`Imports::resume`](crate::Imports::resume); `None` if
    /// it is not in the fleet.
    pub fn checkpoint_of(&self, handle: &ImportHandle) -> Option<WatchCheckpoint> {
        Some(self.members.get(&name(handle))?.checkpoint())
    }

    /// Returns all jobs in a form to store, in no order, for [`Fleet::resume`].
    ///
    /// Polls that are under way are made again.
    pub fn checkpoint(&self) -> Vec<WatchCheckpoint> {
        let follows = self.members.values();
        follows.map(|follow| follow.checkpoint()).collect()
    }

    /// Waits for the next poll result of any job; `None` if the fleet is empty.
    pub async fn next(&mut self) -> Option<(ImportHandle, Result<Update, Error>)> {
        StreamExt::next(self).await
    }

    fn replan(mut self) -> Self {
        for follow in self.members.values_mut() {
            follow.apply(&self.plan);
        }
        self
    }

    fn insert(&mut self, follow: Follow) -> bool {
        let name = name(&follow.handle);
        if self.members.contains_key(&name) {
            return false;
        }
        self.enqueue(Instant::now(), Arc::clone(&name));
        self.members.insert(name, Box::new(follow)).is_none()
    }

    fn enqueue(&mut self, due: Instant, name: Name) {
        self.queued = self.queued.saturating_add(1);
        self.queue.insert((due, self.queued), name);
    }

    /// Returns a job, unless it has left the fleet.
    fn member(&mut self, name: &Name) -> Option<&mut Box<Follow>> {
        let (given, _) = self.members.get_key_value(name)?;
        let is_same = Arc::ptr_eq(given, name);
        self.members.get_mut(name).filter(|_| is_same)
    }

    /// Gives a job its turn: a poll, a later place in the queue, or its end. `None` also if it has left the fleet.
    fn turn(&mut self, name: Name) -> Option<Item> {
        match self.member(&name)?.next() {
            Next::Wait(until) => self.enqueue(until, name),
            Next::Fetch => {
                let polling = self.members.get_mut(&name)?.poll(&self.session, &self.plan);
                let polling = async move { (name, polling.await) };
                self.polls.get_mut().push(Box::pin(polling));
            }
            Next::Over(end) => return self.end(&name, *end),
        }
        None
    }

    /// Handles the result of a poll.
    fn handle(&mut self, name: Name, polled: Result<Reply<ImportJob>, Error>) -> Option<Item> {
        let follow = self.member(&name)?;
        let handle = follow.handle.clone();
        match follow.handle(polled) {
            Some(Ok(update)) => {
                let due = follow.due();
                self.enqueue(due, name);
                Some((handle, Ok(update)))
            }
            Some(Err(error)) => self.end(&name, Err(error)),
            None => self.turn(name),
        }
    }

    /// Removes a job whose watch is over.
    fn end(&mut self, name: &Name, end: Result<Update, Error>) -> Option<Item> {
        Some((self.members.remove(name)?.handle, end))
    }
}

fn name(handle: &ImportHandle) -> Name {
    Arc::new((handle.team_id(), handle.job_id().clone()))
}

impl Stream for Fleet {
    type Item = (ImportHandle, Result<Update, Error>);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let fleet = self.get_mut();
        loop {
            let ended = fleet.polls.get_mut().poll_next_unpin(cx);
            if let Poll::Ready(Some((name, polled))) = ended {
                match fleet.handle(name, polled) {
                    Some(item) => return Poll::Ready(Some(item)),
                    None => continue,
                }
            }
            if fleet.members.is_empty() {
                return Poll::Ready(None);
            }
            // A poll that ends wakes this task.
            let may_poll = fleet.polls.get_mut().len() < fleet.concurrency;
            let Some(first) = fleet.queue.first_entry().filter(|_| may_poll) else {
                return Poll::Pending;
            };
            let (due, _) = *first.key();
            if due <= Instant::now() {
                let name = first.remove();
                match fleet.turn(name) {
                    Some(item) => return Poll::Ready(Some(item)),
                    None => continue,
                }
            }
            let alarm = fleet
                .alarm
                .get_or_insert_with(|| Box::pin(sleep_until(due)));
            if alarm.deadline() != due {
                alarm.as_mut().reset(due);
            }
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

/// Enough to use a quota of ten requests a second at a few seconds a response, and few for a server.
const CONCURRENCY: usize = 64;
