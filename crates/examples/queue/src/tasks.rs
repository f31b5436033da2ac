//! The two tasks. Each may be killed at any point, and run again by another worker.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use apalis::prelude::Data;
use prism_imports::{
    Error, ImportHandle, Imports, ObjectType, Reply, SubmitImport, Submitted, Update, poller::Pace,
};
use serde_json::Value;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::{
    BoxError,
    database::{Database, Task},
    store::{Sending, State},
    verdict::{self, Verdict},
};

/// What the tasks of a worker share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) database: Database,
    pub(crate) imports: Imports,
    pub(crate) pace: Pace,
}

/// The task of the queue `submit`.
pub(crate) async fn submit(task: Task, context: Data<Arc<Context>>) -> Result<(), BoxError> {
    paused(context.submit(&task.import).await).await
}

/// The task of the queue `watch`.
pub(crate) async fn watch(task: Task, context: Data<Arc<Context>>) -> Result<(), BoxError> {
    paused(context.watch(&task.import).await).await
}

impl Context {
    /// Sends an import under its stored key, and stores the handle together with the task that watches it.
    async fn submit(&self, id: &str) -> Result<(), BoxError> {
        let Some(sending) = self.database.begin_submit(id, seconds_now()).await? else {
            return Ok(()); // A run before this one stored the result, and was killed then.
        };
        let request = match request(&self.imports, &sending) {
            Ok(request) => request,
            Err(error) => return self.end(id, State::Rejected, &error.to_string()).await,
        };
        for failures in 0.. {
            // After this time the server may have forgotten the key, and would carry the import out a second time.
            if seconds_now().saturating_sub(sending.first_sent) >= KEY_WINDOW {
                let reason = "the key is too old to be sent again, and the outcome is not known";
                return self.end(id, State::Unknown, reason).await;
            }
            let submitted = self.imports.submits().oneshot(request.clone()).await;
            match submitted.map(Reply::into_value) {
                Ok(Submitted::Started(handle)) => return self.started(id, &handle).await,
                Ok(Submitted::Finished(end)) => return self.database.finish(id, end).await,
                Err(error) => {
                    // The response was not readable, but it named the job.
                    if let Some(handle) = error.handle() {
                        return self.started(id, handle).await;
                    }
                    match verdict::of_submit(&error, failures) {
                        Verdict::Again(wait) => again(id, &error, wait).await,
                        Verdict::End(state) => {
                            return self.end(id, state, &error.to_string()).await;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Polls a job from the stored checkpoint to its end, and stores the tally.
    async fn watch(&self, id: &str) -> Result<(), BoxError> {
        for failures in 0.. {
            let Some((handle, checkpoint)) = self.database.watched(id).await? else {
                return Ok(());
            };
            let watch = match checkpoint {
                Some(checkpoint) => self.imports.resume(checkpoint),
                None => self.imports.watch(handle),
            };
            let mut watch = watch.pace(self.pace.clone());
            while let Some(update) = watch.next().await {
                match update {
                    Ok(Update::Finished(end)) => return self.database.finish(id, end).await,
                    Ok(_) => {
                        if let Some(checkpoint) = watch.checkpoint() {
                            self.database.store_checkpoint(id, &checkpoint).await?;
                        }
                    }
                    Err(error) => match verdict::of_watch(&error, failures) {
                        Verdict::Again(wait) => again(id, &error, wait).await,
                        Verdict::End(state) => {
                            return self.end(id, state, &error.to_string()).await;
                        }
                    },
                }
            }
        }
        Ok(())
    }

    async fn started(&self, id: &str, handle: &ImportHandle) -> Result<(), BoxError> {
        if self.database.started(id, handle).await? {
            println!("{id}: started as job {}", handle.job_id());
        }
        Ok(())
    }

    async fn end(&self, id: &str, state: State, reason: &str) -> Result<(), BoxError> {
        println!("{id}: {}: {reason}", state.as_str());
        self.database.end(id, state, None, Some(reason)).await
    }
}

/// Builds the request from what is stored, so that each run sends the same bytes under the same key. Options of an import
/// would be stored, too.
fn request(imports: &Imports, sending: &Sending) -> Result<SubmitImport, BoxError> {
    let rows: Vec<Value> = serde_json::from_str(&sending.rows)?;
    let submit = imports
        .submit(ObjectType::from(sending.object_type.as_str()))
        .rows(rows);
    Ok(submit
        .idempotency_key(sending.key.parse()?)
        .into_request()?)
}

async fn again(id: &str, error: &Error, wait: Duration) {
    println!("{id}: again in {wait:?}: {error}");
    sleep(wait).await;
}

/// Delays an error of the database: apalis runs a task that failed again at once.
async fn paused(result: Result<(), BoxError>) -> Result<(), BoxError> {
    if let Err(error) = &result {
        println!("a task failed, and is run again: {error}");
        sleep(PAUSE).await;
    }
    result
}

fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// 23 hours: the server keeps keys for 24, and an attempt takes up to two minutes. The rest is for clocks that differ.
const KEY_WINDOW: i64 = 23 * 3600;
/// The pause after an error of the database.
const PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
