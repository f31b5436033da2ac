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

use super::{Account, Order, Orders};

/// Orders, places for jobs, and the account.
#[derive(Debug)]
pub struct Load {
    orders: Orders,
    places: Semaphore,
    account: Mutex<Account>,
}

impl Load {
    /// Makes a load that has at most `jobs` jobs under way.
    pub fn new(orders: Orders, jobs: usize) -> Self {
        Self {
            orders,
            places: Semaphore::new(jobs),
            account: Mutex::default(),
        }
    }

    /// Returns the orders.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Returns the account as it stands.
    pub fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Submits through so many submitters and follows what they start, until the orders and the jobs have ended.
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

    /// Submits one order after the other, each once there is a place for its job.
    async fn submit(self: Arc<Self>, imports: Imports, started: mpsc::Sender<ImportHandle>) {
        while let Ok(place) = self.places.acquire().await {
            let Some(order) = self.orders.next() else {
                return;
            };
            match self.place(&imports, order).await {
                Ok(Submitted::Finished(end)) => self.account().done(order, &end),
                Ok(Submitted::Started(handle)) => {
                    place.forget();
                    self.account().started(order, handle.job_id());
                    if started.send(handle).await.is_err() {
                        return;
                    }
                }
                Err(error) => self.account().given_up(order, &error.to_string()),
            }
        }
    }

    /// Submits one order under its key, again when its outcome is left open.
    async fn place(&self, imports: &Imports, order: Order) -> Result<Submitted, Error> {
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
            self.account().fault(format!("submit, {}", error.kind()));
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
        let reply: Reply<Submitted> = imports.service().oneshot(import).await?;
        if reply.is_replay() {
            self.account().replayed();
        }
        Ok(reply.into_value())
    }

    /// Follows the jobs that are started, until no more come and all have ended.
    async fn follow(&self, mut fleet: Fleet, mut started: mpsc::Receiver<ImportHandle>) {
        loop {
            tokio::select! {
                Some(handle) = started.recv() => {
                    fleet.add(handle);
                }
                Some((handle, update)) = fleet.next(), if !fleet.is_empty() => {
                    if let Step::Again = self.look(&handle, update) {
                        fleet.add(handle);
                    }
                }
                else => return,
            }
        }
    }

    /// Takes in a look at a job, and gives its place away once its end is known.
    fn look(&self, handle: &ImportHandle, update: Result<Update, Error>) -> Step {
        let (job, mut account) = (handle.job_id(), self.account());
        match update {
            Ok(Update::Fault(error)) => {
                account.fault(format!("look, {}", error.kind()));
                return Step::On;
            }
            Ok(update) => match update.into_job().map(Finished::try_from) {
                // The rows may be there at another look.
                Some(Ok(Finished::Complete(job))) if job.rows().is_none() => {
                    account.fault("look, results missing");
                    return Step::Again;
                }
                Some(Ok(end)) => account.ended(job, &end),
                Some(Err(_)) | None => return Step::On,
            },
            Err(error) => {
                account.fault(format!("watch, {}", error.kind()));
                if error.is_retryable() || error.stop_reason().is_some() {
                    return Step::Again;
                }
                account.lost(job, &error.to_string());
            }
        }
        self.places.add_permits(1);
        Step::On
    }
}

/// What is to be done about a job after a look.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Nothing: it is in the fleet, or its end is known.
    On,
    /// It left the fleet, and is to be followed anew.
    Again,
}

/// How often a submit is made before its outcome stays open.
const ROUNDS: u32 = 5;
/// How long a submitter rests before it submits again.
const PAUSE: Duration = Duration::from_millis(100);
