//! The task of one import: it sends the rows, watches the job, and stores each step before the next one.

use std::{iter::successors, time::Duration};

use prism_imports::{
    Commit, Error, ErrorKind, Finished, IdempotencyKey, ImportHandle, ImportJob, Imports, Row,
    Submitted, Update, Watch, poller::Pace,
};
use tokio::sync::watch::Sender;
use tokio_util::sync::CancellationToken;

use crate::{
    problem::Problem,
    stage::{Request, Stage},
    status::{State, Status},
    store::Store,
};

/// The task of one import.
///
/// ```text
/// Stage::Submitting ──> Stage::Started ──> Stage::Watching ──> over
/// ```
///
/// It ends when the import is over, or when the service stops. What it has not stored by then is done again at the next
/// start, which changes nothing: a submit under its key, or a poll.
pub(crate) struct Task {
    pub(crate) id: IdempotencyKey,
    pub(crate) imports: Imports,
    pub(crate) store: Store,
    pub(crate) status: Sender<Status>,
    /// Cancelled when the service stops.
    pub(crate) stopping: CancellationToken,
}

impl Task {
    /// Goes on with the import from a stage. `may_be_sent` is `true` if another process may have sent the rows.
    pub(crate) async fn run(self, stage: Stage, may_be_sent: bool) {
        let watch = match stage {
            Stage::Submitting(request) => self.submit(request, may_be_sent).await,
            Stage::Started(handle) => Some(self.watch(handle)),
            Stage::Watching(checkpoint) => Some(self.imports.resume(*checkpoint)),
        };
        if let Some(watch) = watch {
            self.follow(watch).await;
        }
    }

    /// Sends the rows until it is known whether a job was started. Returns the watch of the job.
    async fn submit(&self, request: Request, mut may_be_sent: bool) -> Option<Watch> {
        for pause in pauses() {
            if may_be_sent && self.is_key_forgotten().await {
                self.give_up(State::Lost, Problem::forgotten()).await;
                return None;
            }
            let submit = request.submit(&self.imports, self.id.clone());
            let error = match submit.await {
                Ok(Submitted::Started(handle)) => return Some(self.start(handle).await),
                Ok(Submitted::Finished(end)) => {
                    self.finish(end).await;
                    return None;
                }
                Err(error) => error,
            };
            self.log(&error);
            // A response that contradicts itself names the job all the same.
            if let Some(handle) = error.handle() {
                return Some(self.start(handle.clone()).await);
            }
            // Of several sends this error is about the last one, and an earlier one may have started the import.
            if !may_be_sent && error.commit() == Some(Commit::NotCommitted) {
                self.give_up(State::Refused, Problem::from(&error)).await;
                return None;
            }
            may_be_sent = true;
            self.report(&error);
            if !self.wait(pause, &error).await {
                return None;
            }
        }
        None
    }

    /// Watches the job to its end.
    async fn follow(&self, mut watch: Watch) {
        let mut later = pauses();
        loop {
            let next = watch.next();
            let Some(update) = self.stopping.run_until_cancelled(next).await else {
                return self.store(&watch, |_status| ()).await;
            };
            match update {
                Some(Ok(Update::Finished(end))) => return self.finish(end).await,
                Some(Ok(Update::Fault(error))) => {
                    let problem = Some(Problem::from(&error));
                    self.store(&watch, |status| status.error = problem).await;
                }
                Some(Ok(update)) => {
                    later = pauses();
                    let job = update.job().map(ImportJob::summary);
                    self.store(&watch, |status| {
                        status.job = job;
                        status.error = None;
                    })
                    .await;
                }
                Some(Err(error)) => {
                    self.log(&error);
                    if is_gone(error.kind()) {
                        return self.give_up(State::Lost, Problem::from(&error)).await;
                    }
                    // The job goes on. The watch ended because of a limit, or because of what an operator can correct.
                    self.report(&error);
                    let (Some(handle), Some(pause)) = (error.handle(), later.next()) else {
                        return;
                    };
                    if !self.wait(pause, &error).await {
                        return;
                    }
                    watch = self.watch(handle.clone());
                }
                None => return,
            }
        }
    }

    fn watch(&self, handle: ImportHandle) -> Watch {
        // A person follows the progress, which is worth some requests.
        self.imports.watch(handle).pace(Pace::prompt())
    }

    /// Stores that the job exists. The rows are not needed any more.
    async fn start(&self, handle: ImportHandle) -> Watch {
        tracing::info!(id = %self.id, job = %handle.job_id(), "the import has started");
        self.advance(Stage::Started(handle.clone()), |status| {
            status.state = State::Running;
            status.error = None;
        })
        .await;
        self.watch(handle)
    }

    /// Stores the watch.
    async fn store(&self, watch: &Watch, change: impl FnOnce(&mut Status)) {
        if let Some(checkpoint) = watch.checkpoint() {
            self.advance(Stage::Watching(Box::new(checkpoint)), change)
                .await;
        }
    }

    /// Stores a stage, then publishes its status.
    async fn advance(&self, stage: Stage, change: impl FnOnce(&mut Status)) {
        let status = self.changed(change);
        if let Err(error) = self.store.advance(self.id.clone(), stage, &status).await {
            // The stage before is still stored, and a restart goes on from there.
            tracing::error!(id = %self.id, %error, "a stage cannot be stored");
        }
        self.status.send_replace(status);
    }

    async fn finish(&self, end: Finished) {
        let job = ImportJob::from(end);
        let summary = Some(job.summary());
        tracing::info!(id = %self.id, progress = %job.progress(), "the import has finished");
        self.close(job.into_rows().unwrap_or_default(), |status| {
            status.state = State::Finished;
            status.job = summary;
            status.error = None;
        })
        .await;
    }

    /// Ends the import without results: it was not started, or the server does not know it any more.
    async fn give_up(&self, state: State, problem: Problem) {
        self.close(Vec::new(), |status| {
            status.state = state;
            status.error = Some(problem);
        })
        .await;
    }

    /// Stores the end, then publishes it.
    async fn close(&self, results: Vec<Row>, change: impl FnOnce(&mut Status)) {
        let status = self.changed(change);
        if let Err(error) = self.store.close(self.id.clone(), &status, results).await {
            tracing::error!(id = %self.id, %error, "the end of an import cannot be stored");
        }
        self.status.send_replace(status);
    }

    /// Publishes an error that does not end the import.
    fn report(&self, error: &Error) {
        let problem = Some(Problem::from(error));
        self.status.send_modify(|status| status.error = problem);
    }

    fn changed(&self, change: impl FnOnce(&mut Status)) -> Status {
        let mut status = self.status.borrow().clone();
        change(&mut status);
        status
    }

    /// Waits before the next try, at least as long as the server asked for. Returns `false` if the service stops.
    async fn wait(&self, pause: Duration, error: &Error) -> bool {
        let pause = error.retry_after().map_or(pause, |asked| asked.max(pause));
        let slept = tokio::time::sleep(pause);
        let slept = self.stopping.run_until_cancelled(slept).await;
        slept.is_some()
    }

    /// Returns `true` if the server may not know the key any more, and would start a second import.
    async fn is_key_forgotten(&self) -> bool {
        match self.store.age(self.id.clone()).await {
            Ok(age) => age >= KEY_LIFETIME,
            Err(error) => {
                tracing::error!(id = %self.id, %error, "the age of an import cannot be read");
                false
            }
        }
    }

    /// Logs an error without its message, which may quote a row.
    fn log(&self, error: &Error) {
        let commit = error.commit().map(Commit::as_str);
        let request = error.request_id();
        tracing::warn!(id = %self.id, kind = error.kind().as_str(), commit, request, "the import was interrupted");
    }
}

/// Returns `true` if the server has said that there is no such job.
fn is_gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::Gone | ErrorKind::Expired
    )
}

/// Returns the pauses between tries: growing, so that a fault of a day costs some twenty requests.
fn pauses() -> impl Iterator<Item = Duration> {
    successors(Some(FIRST_PAUSE), |pause| {
        Some(LONGEST_PAUSE.min(*pause * 2))
    })
}

/// The server keeps a key for 24 hours from the first request. An hour is for clocks and slow requests.
const KEY_LIFETIME: Duration = Duration::from_secs(23 * 3600);
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
