//! Many jobs, followed by one task.

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
    watch::{Follow, Next, Plan, Update, WatchCheckpoint, fetch, know, plan_options},
};

/// Many jobs followed by one task, under the quota of one client: a stream of looks, each with its job's handle.
///
/// Jobs come and go at run time. The job that is due first is looked at first, so none is passed over however
/// many there are; a job that fails to answer is looked at again at its own pace and holds up no other. There are
/// never more looks under way than [`Fleet::concurrency`] says, and none is started while the stream is not
/// polled: a slow consumer slows the polling down and no memory grows.
///
/// A job's last item is its finished job, or the error that ends its watch; then it has left the fleet. The stream
/// ends when the fleet is empty and goes on when a job is added.
///
/// A look is not retried by itself: what fails is told as [`Update::Fault`], and the job's pace says when to look
/// again. Set [`Fleet::retry`] to have it otherwise.
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
    /// Taken from the queue for their turns, which are next.
    called: VecDeque<Ticket>,
    looks: SyncWrapper<FuturesUnordered<Look>>,
    alarm: Option<Pin<Box<Sleep>>>,
}

type Look = Pin<Box<dyn Future<Output = (Ticket, Result<Answer, Error>)> + Send>>;

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
            called: VecDeque::new(),
            looks: SyncWrapper::new(FuturesUnordered::new()),
            alarm: None,
        }
    }

    /// Creates a fleet that goes on where another stopped, maybe in another process.
    pub fn restore(client: &Client, checkpoint: FleetCheckpoint) -> Self {
        let mut fleet = Self::new(client);
        for watch in checkpoint.into_watches() {
            let (handle, poller) = watch.into_parts();
            fleet.insert(handle, Follow::resume(poller, client.now()));
        }
        fleet
    }

    /// Sets how many looks may be under way at once; 64 by default.
    pub fn concurrency(mut self, looks: NonZeroUsize) -> Self {
        self.concurrency = looks.get();
        self
    }

    /// Adds a job; `false` when it is in the fleet already. Its first look is due at once.
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

    /// Removes a job, whose watch is then over; `None` when it is not in the fleet.
    ///
    /// A look that is under way ends unheard.
    pub fn remove(&mut self, handle: &ImportHandle) -> Option<WatchCheckpoint> {
        let member = self.members.remove(handle)?;
        let poller = member.follow.checkpoint();
        Some(WatchCheckpoint::new(member.handle, poller))
    }

    /// Iterates over the handles of the jobs, in no order.
    pub fn handles(&self) -> impl Iterator<Item = &ImportHandle> {
        self.members.iter().map(|member| &member.handle)
    }

    /// Returns how many jobs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Tells whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the fleet in a form to store, to go on with [`Fleet::restore`].
    ///
    /// Looks that are under way are taken again.
    pub fn checkpoint(&self) -> FleetCheckpoint {
        let watches = self
            .members
            .iter()
            .map(|member| WatchCheckpoint::new(member.handle.clone(), member.follow.checkpoint()));
        FleetCheckpoint::new(watches.collect())
    }

    /// Waits for the next look at any job; `None` when the fleet is empty.
    pub async fn next(&mut self) -> Option<(ImportHandle, Result<Update, Error>)> {
        poll_fn(|cx| self.poll_look(cx)).await
    }

    fn insert(&mut self, handle: ImportHandle, follow: Follow) {
        let place = self.queue.push(Instant::now(), self.members.vacant());
        self.members.insert(Member {
            handle,
            follow,
            place,
        });
    }

    fn poll_look(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(ImportHandle, Result<Update, Error>)>> {
        loop {
            if let Poll::Ready(Some((ticket, looked))) =
                Pin::new(self.looks.get_mut()).poll_next(cx)
            {
                match self.take(ticket, looked) {
                    Some(told) => return Poll::Ready(Some(told)),
                    None => continue,
                }
            }
            if self.members.is_empty() {
                return Poll::Ready(None);
            }
            // Every place is taken: a look that ends wakes this task.
            if self.looks.get_mut().len() >= self.concurrency {
                return Poll::Pending;
            }
            if let Some(ticket) = self.first_due() {
                match self.turn(ticket) {
                    Some(told) => return Poll::Ready(Some(told)),
                    None => continue,
                }
            }
            let Some(due) = self.queue.first() else {
                return Poll::Pending;
            };
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if alarm.deadline() != due {
                alarm.as_mut().reset(due);
            }
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Takes the first job in line that is due.
    ///
    /// A few are called at once. They stay the first ones, since no look is planned for a time that is over.
    fn first_due(&mut self) -> Option<Ticket> {
        if self.called.is_empty() {
            let now = Instant::now();
            let due = iter::from_fn(|| self.queue.pop(now));
            self.called.extend(due.take(CALLED));
            self.members.read_ahead(self.called.iter().copied());
        }
        self.called.pop_front()
    }

    /// Gives a job its turn: a look, a place further back in the line, or its end.
    fn turn(&mut self, ticket: Ticket) -> Option<(ImportHandle, Result<Update, Error>)> {
        let member = self.members.get_mut(ticket)?;
        match member.follow.next() {
            Next::Wait(until) => member.place = self.queue.push(until, ticket.slot),
            Next::Fetch => {
                let imports = Imports {
                    client: self.client.clone(),
                    team: Some(member.handle.team_id()),
                };
                let job = Job::of(member.handle.job_id().clone());
                let look = fetch(&imports, &job, &self.plan, &member.follow);
                self.looks
                    .get_mut()
                    .push(Box::pin(async move { (ticket, look.await) }));
            }
            Next::Done => {
                let member = self.members.leave(ticket)?;
                let job = member.follow.into_job()?;
                return Some((member.handle, Ok(Update::Advanced(job))));
            }
            Next::Stopped(error) => return self.fail(ticket, error),
        }
        None
    }

    /// Takes in what a look brought; `None` also when its job was removed meanwhile.
    fn take(
        &mut self,
        ticket: Ticket,
        looked: Result<Answer, Error>,
    ) -> Option<(ImportHandle, Result<Update, Error>)> {
        let member = self.members.get_mut(ticket)?;
        let job = Job::of(member.handle.job_id().clone());
        let update = match member.follow.take(looked, &job) {
            Some(Ok(update)) => update,
            Some(Err(error)) => return self.fail(ticket, error),
            None => return self.turn(ticket),
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
        let Member { handle, follow, .. } = self.members.leave(ticket)?;
        let job = Job::of(handle.job_id().clone());
        let error = know(error, &job, Some(handle.clone()), follow.into_job());
        Some((handle, Err(error)))
    }
}

impl Stream for Fleet {
    type Item = (ImportHandle, Result<Update, Error>);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_look(cx)
    }
}

/// Enough to keep a busy quota busy at a second an answer, few enough to stay friendly.
const CONCURRENCY: usize = 64;

/// Enough to fill the time that memory takes to answer, few enough to stay in the nearest cache.
const CALLED: usize = 16;
