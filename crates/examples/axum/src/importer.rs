//! The imports of this service: those under way, each in a task of its own, and those that are stored.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::StatusCode;
use futures_util::{Stream, StreamExt, stream};
use prism_imports::{IdempotencyKey, Imports};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    error::ApiError,
    stage::{Request, Stage},
    status::Status,
    store::{Inserted, Results, Store, StoreError, Stored},
    task::Task,
};

/// The id of an import, and its changing status if it is under way.
type Submitted = (IdempotencyKey, Option<watch::Receiver<Status>>);

/// The imports of this service. Clones share them.
#[derive(Clone, Debug)]
pub struct Importer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    imports: Imports,
    store: Store,
    /// The statuses of the imports under way. Any number of browsers follow the one watch of an import.
    live: Mutex<HashMap<IdempotencyKey, watch::Receiver<Status>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Importer {
    /// Creates the service of a client and a database.
    pub fn new(imports: Imports, store: Store) -> Self {
        let shared = Arc::new(Shared {
            imports,
            store,
            live: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        Self { shared }
    }

    /// Goes on with the imports that were not over when the last process ended.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn resume(&self) -> Result<(), StoreError> {
        for stored in self.shared.store.unfinished().await? {
            tracing::info!(id = %stored.id, "resuming an import");
            self.spawn(stored, true);
        }
        Ok(())
    }

    /// Stores an import and sends it, unless it was stored before under this key. Returns its id, and its changing status
    /// if it is under way.
    ///
    /// Dropping the future or the receiver cancels nothing.
    pub(crate) async fn submit(
        &self,
        request: Request,
        key: Option<IdempotencyKey>,
    ) -> Result<Submitted, ApiError> {
        // A task of its own: a caller that hangs up now would leave an import that is stored and not sent.
        let begin = self.clone().begin(request, key);
        let begun = self.shared.tasks.spawn(begin).await;
        begun.map_err(StoreError::from)?
    }

    async fn begin(
        self,
        request: Request,
        key: Option<IdempotencyKey>,
    ) -> Result<Submitted, ApiError> {
        let id = key.unwrap_or_else(IdempotencyKey::mint);
        request.submit(self.imports(), id.clone()).into_request()?;
        let stage = Stage::Submitting(request.clone());
        let status = Status::new(id.clone(), &stage);
        match self.store().insert(id.clone(), request, &status).await? {
            Inserted::New => {
                let stored = Stored {
                    id: id.clone(),
                    stage,
                };
                Ok((id, Some(self.spawn(stored, false))))
            }
            Inserted::Same => {
                let live = self.live().get(&id).cloned();
                Ok((id, live))
            }
            Inserted::Other => {
                let message = "the key was used for other rows";
                Err(ApiError::new(StatusCode::CONFLICT, "key_reused", message))
            }
        }
    }

    /// Returns the status of an import as JSON.
    pub(crate) async fn status(&self, id: &IdempotencyKey) -> Result<String, ApiError> {
        let live = self.live().get(id).map(|status| status.borrow().clone());
        if let Some(status) = live {
            return Ok(serde_json::to_string(&status).map_err(StoreError::from)?);
        }
        let stored = self.store().status(id.clone()).await?;
        stored.ok_or_else(ApiError::not_found)
    }

    /// Returns the status of an import as JSON, now and whenever it changes. The stream ends with the import, and when
    /// the service stops.
    pub(crate) async fn events(
        &self,
        id: &IdempotencyKey,
    ) -> Result<impl Stream<Item = String> + Send + use<>, ApiError> {
        let live = self.live().get(id).cloned();
        let events = match live {
            Some(status) => WatchStream::new(status)
                .filter_map(async |status| serde_json::to_string(&status).ok())
                .left_stream(),
            None => stream::iter([self.status(id).await?]).right_stream(),
        };
        let stopped = self.shared.stop.clone().cancelled_owned();
        Ok(events.take_until(stopped))
    }

    /// Returns some results of an import, all or those that failed.
    pub(crate) async fn results(
        &self,
        id: &IdempotencyKey,
        only_failed: bool,
        offset: u32,
        limit: u32,
    ) -> Result<Results, ApiError> {
        self.status(id).await?;
        let results = self.store().results(id.clone(), only_failed, offset, limit);
        Ok(results.await?)
    }

    /// Ends the streams of events and the watches, whose checkpoints are stored. Submits go on.
    pub(crate) fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
    }

    /// Waits until all tasks have ended after [`stop`](Self::stop): until each submit has its response.
    pub(crate) async fn stopped(&self) {
        self.shared.tasks.wait().await;
    }

    /// Returns how many imports are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.shared.tasks.len()
    }

    pub(crate) fn imports(&self) -> &Imports {
        &self.shared.imports
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.shared.stop
    }

    /// Starts the task of an import. It belongs to no request, so a caller that hangs up does not cancel it.
    fn spawn(&self, stored: Stored, may_be_sent: bool) -> watch::Receiver<Status> {
        let Stored { id, stage } = stored;
        let (sender, receiver) = watch::channel(Status::new(id.clone(), &stage));
        self.live().insert(id.clone(), receiver.clone());
        let task = Task {
            id: id.clone(),
            imports: self.imports().clone(),
            store: self.store().clone(),
            status: sender,
            stopping: self.shared.stop.clone(),
        };
        let importer = self.clone();
        self.shared.tasks.spawn(async move {
            task.run(stage, may_be_sent).await;
            // Its end is stored.
            importer.live().remove(&id);
        });
        receiver
    }

    fn live(&self) -> MutexGuard<'_, HashMap<IdempotencyKey, watch::Receiver<Status>>> {
        let live = self.shared.live.lock();
        live.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
