//! The state of a run, and what an answer changes in it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use prism_imports::{Error, ErrorKind, Fleet, ImportHandle, JobId, Update, WatchCheckpoint};
use tokio::sync::oneshot;

use super::{
    Limits,
    outcome::End,
    submit::{Batch, Settled, Shared},
};
use crate::{
    error::PipelineError,
    event::{Event, StopReason},
    journal::chunk_of,
    report::Report,
};

/// The state of a run.
pub(super) struct State {
    limits: Limits,
    pub(super) fleet: Fleet,
    /// The jobs that are watched.
    jobs: HashMap<JobId, Job>,
    /// Halves of chunks, to be sent next.
    pub(super) split: VecDeque<Batch>,
    pub(super) sending: usize,
    /// How many chunks in a row had no usable answer.
    unavailable: u32,
    pub(super) stopped: Option<StopReason>,
    /// When progress may be emitted again: reading the tally takes longer the more imports there are.
    next_progress: Option<Instant>,
    shared: Arc<Shared>,
}

impl State {
    pub(super) fn new(shared: Arc<Shared>, limits: Limits) -> Self {
        Self {
            fleet: shared.imports.fleet().pace(limits.pace.clone()),
            limits,
            jobs: HashMap::new(),
            split: VecDeque::new(),
            sending: 0,
            unavailable: 0,
            stopped: None,
            next_progress: None,
            shared,
        }
    }

    /// Watches a job, from a checkpoint if there is one.
    pub(super) fn watch(
        &mut self,
        id: i64,
        handle: ImportHandle,
        checkpoint: Option<WatchCheckpoint>,
    ) {
        let job = Job { id, processed: 0 };
        self.jobs.insert(handle.job_id().clone(), job);
        match checkpoint {
            Some(checkpoint) => self.fleet.resume(checkpoint),
            None => self.fleet.add(handle),
        };
    }

    /// Returns the rows of jobs under way that the server has processed.
    pub(super) fn running(&self) -> u64 {
        let processed = self.jobs.values().map(|job| job.processed);
        processed.fold(0, u64::saturating_add)
    }

    /// Returns `true` if another chunk may be sent now.
    pub(super) fn may_send(&mut self) -> bool {
        if self.stopped.is_some()
            || self.sending >= self.limits.concurrency
            || self.jobs.len() >= MOST_JOBS
        {
            return false;
        }
        let Some(most) = self.limits.requests else {
            return true;
        };
        let used = self.shared.requests.load(Ordering::Relaxed);
        let jobs = self
            .jobs
            .len()
            .saturating_add(self.sending)
            .saturating_add(1) as u64;
        // Each job that is or will be there needs polls.
        let needed = jobs
            .saturating_mul(POLLS_KEPT)
            .saturating_add(self.sending as u64)
            .saturating_add(1);
        if used.saturating_add(needed) <= most {
            return true;
        }
        if self.sending == 0 && self.jobs.is_empty() {
            self.stop(StopReason::Requests);
        }
        false
    }

    pub(super) fn is_over(&self, has_settled: bool, is_read: bool) -> bool {
        match self.stopped {
            // What was sent is settled, and jobs are watched when the run is resumed.
            Some(_) => has_settled,
            None => has_settled && is_read && self.jobs.is_empty() && self.split.is_empty(),
        }
    }

    pub(super) fn stop(&mut self, reason: StopReason) {
        if self.stopped.is_none() {
            self.shared.emit(Event::Stopping(reason.clone()));
            self.stopped = Some(reason);
        }
    }

    /// Handles what became of a batch.
    pub(super) async fn settled(&mut self, id: i64, settled: Settled) -> Result<(), PipelineError> {
        match settled {
            Settled::Unavailable(error) => {
                self.unavailable = self.unavailable.saturating_add(1);
                self.shared.emit(Event::Fault {
                    import: id,
                    error: error.clone(),
                });
                if self.unavailable >= MOST_UNAVAILABLE {
                    self.stop(StopReason::Unavailable(error));
                }
                return Ok(());
            }
            Settled::Refused(error) => return Err(PipelineError::Refused(Box::new(error))),
            Settled::Quota => self.stop(StopReason::Requests),
            Settled::Split(halves) => self.split.extend(halves),
            Settled::Started(handle) => self.watch(id, handle, None),
            Settled::Over => self.progress().await?,
        }
        self.unavailable = 0;
        Ok(())
    }

    /// Handles a poll.
    pub(super) async fn polled(
        &mut self,
        handle: &ImportHandle,
        update: Result<Update, Error>,
    ) -> Result<(), PipelineError> {
        self.shared.count(1);
        let Some(job) = self.jobs.get_mut(handle.job_id()) else {
            return Ok(());
        };
        let id = job.id;
        let is_used_up = |state: &Self| {
            let used = state.shared.requests.load(Ordering::Relaxed);
            state.limits.requests.is_some_and(|most| used >= most)
        };
        match update {
            Ok(Update::Finished(end)) => {
                self.jobs.remove(handle.job_id());
                self.shared
                    .journal
                    .write(move |connection| {
                        let chunk = chunk_of(connection, id)?;
                        End::of(&end, &chunk).store(connection, id)
                    })
                    .await?;
                self.shared.emit(Event::Done { import: id });
                self.progress().await?;
            }
            Ok(update) => {
                let processed = update.progress().and_then(|progress| progress.processed());
                let advanced = processed.filter(|processed| *processed > job.processed);
                if let Some(processed) = advanced {
                    job.processed = processed;
                    self.progress().await?;
                }
                if let Update::Fault(error) = update {
                    self.shared.emit(Event::Fault { import: id, error });
                }
                let checkpoint = self.fleet.checkpoint_of(handle);
                let stored =
                    checkpoint.and_then(|checkpoint| serde_json::to_string(&checkpoint).ok());
                let update = "UPDATE chunk SET checkpoint = ? WHERE id = ?";
                self.shared.journal.execute(update, (stored, id)).await?;
            }
            Err(error) => {
                self.jobs.remove(handle.job_id());
                self.watch_ended(id, error).await?;
            }
        }
        if is_used_up(self) {
            self.stop(StopReason::Requests);
        }
        Ok(())
    }

    /// Handles the end of a watch without the end of its job.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds may become more")]
    async fn watch_ended(&mut self, id: i64, error: Error) -> Result<(), PipelineError> {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::Gone | ErrorKind::Expired | ErrorKind::Contract => {
                self.shared.journal.unknown(id, error.to_string()).await?;
                self.shared.emit(Event::Refused { import: id, error });
                self.progress().await
            }
            ErrorKind::Quota => {
                self.stop(StopReason::Requests);
                Ok(())
            }
            // The job goes on: it stays in the journal, and is watched when the run is resumed.
            _ if error.is_retryable() => {
                self.stop(StopReason::Unavailable(error));
                Ok(())
            }
            _ => Err(PipelineError::Refused(Box::new(error))),
        }
    }

    /// Emits the progress, unless that was done a moment ago.
    async fn progress(&mut self) -> Result<(), PipelineError> {
        let now = Instant::now();
        if self.next_progress.is_some_and(|next| now < next) {
            return Ok(());
        }
        self.next_progress = now.checked_add(PROGRESS_EVERY);
        let (sender, report) = oneshot::channel();
        self.shared
            .journal
            .write(move |connection| {
                // The receiver waits.
                let _ = sender.send(Report::read(connection)?);
                Ok(())
            })
            .await?;
        if let Ok(report) = report.await {
            self.shared.emit(Event::Progress {
                report,
                running: self.running(),
                requests: self.shared.requests.load(Ordering::Relaxed),
            });
        }
        Ok(())
    }
}

/// A job that is watched.
struct Job {
    /// Its chunk.
    id: i64,
    /// The rows that the server has processed.
    processed: u64,
}

const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// The polls of a job that are kept back when requests are limited.
const POLLS_KEPT: u64 = 4;
/// The most jobs that are watched at once. More would only wait on the server.
const MOST_JOBS: usize = 256;
/// After as many chunks in a row without a usable answer, the server is taken to be down.
const MOST_UNAVAILABLE: u32 = 3;
