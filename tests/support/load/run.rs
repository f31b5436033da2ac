//! The submitters and the fleet.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use prism_imports::{
    Commit, Error, Finished, Fleet, IdempotencyKey, ImportHandle, Imports, ObjectType, Reply,
    SubmitImport, Submitted, Update,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::sleep,
};
use tower::ServiceExt;

use super::{Order, Orders, Tally};

/// The orders, the slots for jobs and the tally.
#[derive(Debug)]
pub struct Load {
    orders: Orders,
    slots: Semaphore,
    tally: Mutex<Tally>,
}

impl Load {
    /// Creates a load with at most `jobs` concurrent jobs.
    pub fn new(orders: Orders, jobs: usize) -> Self {
        Self {
            orders,
            slots: Semaphore::new(jobs),
            tally: Mutex::default(),
        }
    }

    /// Returns the orders.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Locks and returns the tally.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Submits all orders with this many concurrent submitters and watches the started jobs until they end.
    pub async fn run(self: Arc<Self>, submitters: usize, imports: Imports, fleet: Fleet) {
        let (started, jobs) = mpsc::channel(submitters.max(1));
        let mut running = JoinSet::new();
        for _ in 0..submitters {
            let load = Arc::clone(&self);
            running.spawn(load.submit(imports.clone(), started.clone()));
        }
        drop(started);
        self.follow(fleet, jobs).await;
        while running.join_next().await.is_some() {}
    }

    /// Submits one order after the other, each once a slot is free for its job.
    async fn submit(self: Arc<Self>, imports: Imports, started: mpsc::Sender<ImportHandle>) {
        while let Ok(slot) = self.slots.acquire().await {
            let Some(order) = self.orders.next() else {
                return;
            };
            match self.submit_order(&imports, order).await {
                Ok(Submitted::Finished(end)) => self.tally().record_sync(order, &end),
                Ok(Submitted::Started(handle)) => {
                    slot.forget();
                    self.tally().record_started(order, handle.job_id());
                    if started.send(handle).await.is_err() {
                        return;
                    }
                }
                Err(error) => self.tally().record_given_up(order, &error.to_string()),
            }
        }
    }

    /// Submits one order with its key. Submits again while the outcome is unknown.
    async fn submit_order(&self, imports: &Imports, order: Order) -> Result<Submitted, Error> {
        let import = imports
            .submit(ObjectType::Contact)
            .rows(order.rows())
            .dedupe_by("email")
            .idempotency_key(IdempotencyKey::new(order.key())?)
            .into_request()?;
        let mut round = 0;
        loop {
            let error = match self.send(imports, import.clone()).await {
                Ok(submitted) => return Ok(submitted),
                Err(error) => error,
            };
            self.tally()
                .record_fault(format!("submit, {}", error.kind()));
            round += 1;
            let committed = error.commit() == Some(Commit::Committed);
            match error.handle() {
                Some(handle) if committed => return Ok(Submitted::Started(handle.clone())),
                _ if round == ROUNDS || !(error.is_retryable() || committed) => return Err(error),
                _ => sleep(PAUSE).await,
            }
        }
    }

    async fn send(&self, imports: &Imports, import: SubmitImport) -> Result<Submitted, Error> {
        let reply: Reply<Submitted> = imports.submits().oneshot(import).await?;
        if reply.is_replay() {
            self.tally().record_replay();
        }
        Ok(reply.into_value())
    }

    /// Watches the started jobs until no more are started and all have ended.
    async fn follow(&self, mut fleet: Fleet, mut started: mpsc::Receiver<ImportHandle>) {
        loop {
            tokio::select! {
                Some(handle) = started.recv() => {
                    fleet.add(handle);
                }
                Some((handle, update)) = fleet.next(), if !fleet.is_empty() => {
                    if let Step::AddAgain = self.handle_update(&handle, update) {
                        fleet.add(handle);
                    }
                }
                else => return,
            }
        }
    }

    /// Records an update of a job and frees its slot once its end is known.
    fn handle_update(&self, handle: &ImportHandle, update: Result<Update, Error>) -> Step {
        let (job, mut tally) = (handle.job_id(), self.tally());
        match update {
            Ok(Update::Fault(error)) => {
                tally.record_fault(format!("poll, {}", error.kind()));
                return Step::Continue;
            }
            // The rows may be available at a later poll.
            Ok(Update::Finished(Finished::Complete(job))) if job.rows().is_none() => {
                tally.record_fault("poll, results missing");
                return Step::AddAgain;
            }
            Ok(Update::Finished(end)) => tally.record_end(job, &end),
            Ok(_) => return Step::Continue,
            Err(error) => {
                tally.record_fault(format!("watch, {}", error.kind()));
                if error.is_retryable() || error.stop_reason().is_some() {
                    return Step::AddAgain;
                }
                tally.record_lost(job, &error.to_string());
            }
        }
        self.slots.add_permits(1);
        Step::Continue
    }
}

/// The next step for a job after an update.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Nothing: the job is still in the fleet, or its end is known.
    Continue,
    /// The job left the fleet and must be added again.
    AddAgain,
}

/// The number of submits per order before it is given up.
///
/// Once the retry budget is used up, a submit fails at its first fault. Of 300 orders whose submits fail at a rate of
/// 30 %, one order in 500 fails five times in a row, and none thirty times.
const ROUNDS: u32 = 30;
/// The pause before an order is submitted again.
const PAUSE: Duration = Duration::from_millis(100);
