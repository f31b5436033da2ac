//! Polling of many jobs in one task.

mod checkpoint;
mod members;
mod queue;

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    iter,
    num::NonZeroUsize,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use prism_imports_core::poller::Pace;
use prism_imports_transport::RetryPolicy;
use sync_wrapper::SyncWrapper;
use tokio::time::{Instant, Sleep, sleep_until};

pub use self::checkpoint::FleetCheckpoint;
use self::{
    members::{Member, Members},
    queue::{Queue, Ticket},
};
use crate::{
    call::Answer,
    client::Client,
    error::Error,
    handle::ImportHandle,
    imports::{Imports, Job},
    watch::{Follow, Next, Plan, Update, WatchCheckpoint, fetch, plan_options, with_job_context},
};

/// A watch of many jobs in one task, under the quota of one client: a stream of updates with the handles of their jobs.
///
/// Jobs can be added and removed at run time. The job that is due first is polled first, so no job starves. A job whose
/// polls fail is polled again at its own pace and does not delay the others. At most [`Fleet::concurrency`] polls are
/// in flight, and no poll starts while the stream is not polled: a slow consumer slows down the polling, and memory does
/// not grow.
///
/// The last item of a job is the finished job or the error that ends its watch; the job is then removed. The stream
/// ends when the fleet is empty and continues when a job is added.
///
/// By default a poll is not retried: a failure is yielded as [`Update::Fault`], and the pace determines the next poll.
/// [`Fleet::retry`] sets a retry policy.
///
/// # Cancel safety
///
/// Dropping the future of [`Fleet::next`] loses nothing. Dropping the fleet cancels nothing on the server.
///
/// ```no_run
/// # async fn example(client: prism_imports::Client, handles: Vec<prism_imports::ImportHandle>) {
/// use prism_imports::Fleet;
///
/// let mut fleet = Fleet::new(&client);
/// for handle in handles {
///     fleet.add(handle);
/// }
/// while let Some((handle, update)) = fleet.next().await {
///     match update {
///         Ok(update) => println!("{}: {:?}", handle.job_id(), update.job().map(|job| job.status())),
///         Err(error) => println!("{}: {error}", handle.job_id()),
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a fleet does nothing until it is polled"]
pub struct Fleet {
    client: Client,
    plan: Plan,
    concurrency: usize,
    members: Members,
    queue: Queue,
    /// Due jobs, taken from the queue.
    due: VecDeque<Ticket>,
    polls: SyncWrapper<FuturesUnordered<PollFuture>>,
    timer: Option<Pin<Box<Sleep>>>,
}

type PollFuture = Pin<Box<dyn Future<Output = (Ticket, Result<Answer, Error>)> + Send>>;

impl Fleet {
    plan_options!();

    /// Creates an empty fleet.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// use prism_imports::{Fleet, poller::Pace};
    ///
    /// let fleet = Fleet::new(&client).pace(Pace::frugal());
    /// assert!(fleet.is_empty());
    /// ```
    pub fn new(client: &Client) -> Self {
        let mut plan = Plan::default();
        plan.call.rare().retry = Some(RetryPolicy::none());
        Self {
            client: client.clone(),
            plan,
            concurrency: CONCURRENCY,
            members: Members::default(),
            queue: Queue::default(),
            due: VecDeque::new(),
            polls: SyncWrapper::new(FuturesUnordered::new()),
            timer: None,
        }
    }

    /// Creates a fleet from a checkpoint, possibly of another process.
    pub fn restore(client: &Client, checkpoint: FleetCheckpoint) -> Self {
        let mut fleet = Self::new(client);
        for watch in checkpoint.into_watches() {
            let (handle, poller) = watch.into_parts();
            fleet.insert(handle, Follow::resume(poller, client.now()));
        }
        fleet
    }

    /// Sets the maximum number of polls in flight; 64 by default.
    pub fn concurrency(mut self, polls: NonZeroUsize) -> Self {
        self.concurrency = polls.get();
        self
    }

    /// Adds a job, whose first poll is due at once. Returns `false` if the job is already in the fleet.
    ///
    /// ```
    /// # let client = prism_imports::Client::builder().api_key("a key").build().unwrap();
    /// # let handle: prism_imports::ImportHandle =
    /// #     prism_imports::ImportHandle::new(uuid::Uuid::nil(), "b5f1".parse().unwrap());
    /// let mut fleet = prism_imports::Fleet::new(&client);
    /// assert!(fleet.add(handle.clone()));
    /// assert!(!fleet.add(handle));
    /// ```
    pub fn add(&mut self, handle: ImportHandle) -> bool {
        if self.members.contains(&handle) {
            return false;
        }
        let follow = Follow::new(&self.plan, self.client.now());
        self.insert(handle, follow);
        true
    }

    /// Removes a job and returns its checkpoint; `None` if the job is not in the fleet.
    ///
    /// The result of a poll in flight is discarded.
    pub fn remove(&mut self, handle: &ImportHandle) -> Option<WatchCheckpoint> {
        let member = self.members.remove(handle)?;
        let poller = member.follow.checkpoint();
        Some(WatchCheckpoint::new(member.handle, poller))
    }

    /// Iterates over the handles of the jobs, in no particular order.
    pub fn handles(&self) -> impl Iterator<Item = &ImportHandle> {
        self.members.iter().map(|member| &member.handle)
    }

    /// Returns the number of jobs.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns `true` if there are no jobs.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns a checkpoint for [`Fleet::restore`].
    ///
    /// A restored fleet repeats the polls that were in flight.
    pub fn checkpoint(&self) -> FleetCheckpoint {
        let watches = self
            .members
            .iter()
            .map(|member| WatchCheckpoint::new(member.handle.clone(), member.follow.checkpoint()));
        FleetCheckpoint::new(watches.collect())
    }

    /// Waits for the next update of any job; `None` if the fleet is empty.
    pub async fn next(&mut self) -> Option<(ImportHandle, Result<Update, Error>)> {
        poll_fn(|cx| self.poll_update(cx)).await
    }

    fn insert(&mut self, handle: ImportHandle, follow: Follow) {
        let place = self.queue.push(Instant::now(), self.members.vacant());
        self.members.insert(Member {
            handle,
            follow,
            place,
        });
    }

    fn poll_update(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(ImportHandle, Result<Update, Error>)>> {
        loop {
            if let Poll::Ready(Some((ticket, polled))) =
                Pin::new(self.polls.get_mut()).poll_next(cx)
            {
                match self.handle_answer(ticket, polled) {
                    Some(update) => return Poll::Ready(Some(update)),
                    None => continue,
                }
            }
            if self.members.is_empty() {
                return Poll::Ready(None);
            }
            // At the limit: the end of a poll wakes this task.
            if self.polls.get_mut().len() >= self.concurrency {
                return Poll::Pending;
            }
            if let Some(ticket) = self.next_due() {
                match self.process(ticket) {
                    Some(update) => return Poll::Ready(Some(update)),
                    None => continue,
                }
            }
            let Some(due) = self.queue.first() else {
                return Poll::Pending;
            };
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Takes the first job that is due.
    ///
    /// Due jobs are taken from the queue in batches. The order stays correct, since no poll is scheduled in the past.
    fn next_due(&mut self) -> Option<Ticket> {
        if self.due.is_empty() {
            let now = Instant::now();
            let due = iter::from_fn(|| self.queue.pop(now));
            self.due.extend(due.take(BATCH));
            self.members.prefetch(self.due.iter().copied());
        }
        self.due.pop_front()
    }

    /// Takes the next step of a job: starts a poll, puts it back into the queue, or ends its watch.
    fn process(&mut self, ticket: Ticket) -> Option<(ImportHandle, Result<Update, Error>)> {
        let member = self.members.get_mut(ticket)?;
        match member.follow.next() {
            Next::Wait(until) => member.place = self.queue.push(until, ticket.slot),
            Next::Fetch => {
                let imports = Imports {
                    client: self.client.clone(),
                    team: Some(member.handle.team_id()),
                };
                let job = Job::of(member.handle.job_id().clone());
                let poll = fetch(&imports, &job, &self.plan, &member.follow);
                self.polls
                    .get_mut()
                    .push(Box::pin(async move { (ticket, poll.await) }));
            }
            Next::Done => {
                let member = self.members.take(ticket)?;
                let job = member.follow.into_job()?;
                return Some((member.handle, Ok(Update::Advanced(job))));
            }
            Next::Stopped(error) => return self.fail(ticket, error),
        }
        None
    }

    /// Handles the result of a poll; `None` also if the job was removed in the meantime.
    fn handle_answer(
        &mut self,
        ticket: Ticket,
        polled: Result<Answer, Error>,
    ) -> Option<(ImportHandle, Result<Update, Error>)> {
        let member = self.members.get_mut(ticket)?;
        let job = Job::of(member.handle.job_id().clone());
        let update = match member.follow.handle_answer(polled, &job) {
            Some(Ok(update)) => update,
            Some(Err(error)) => return self.fail(ticket, error),
            None => return self.process(ticket),
        };
        let due = match member.follow.next() {
            Next::Wait(until) => until,
            Next::Fetch | Next::Done | Next::Stopped(_) => Instant::now(),
        };
        member.place = self.queue.push(due, ticket.slot);
        Some((member.handle.clone(), Ok(update)))
    }

    fn fail(
        &mut self,
        ticket: Ticket,
        error: Error,
    ) -> Option<(ImportHandle, Result<Update, Error>)> {
        let Member { handle, follow, .. } = self.members.take(ticket)?;
        let job = Job::of(handle.job_id().clone());
        let error = with_job_context(error, &job, Some(handle.clone()), follow.into_job());
        Some((handle, Err(error)))
    }
}

impl Stream for Fleet {
    type Item = (ImportHandle, Result<Update, Error>);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_update(cx)
    }
}

/// Enough to use up a large quota when an answer takes a second, and still a moderate load for the server.
const CONCURRENCY: usize = 64;

/// Enough jobs to hide the memory latency, few enough to fit into the L1 cache.
const BATCH: usize = 16;
