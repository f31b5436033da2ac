//! The loop of a run.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use prism_imports::{
    Error, ErrorKind, Fleet, IdempotencyKey, ImportHandle, Imports, JobId, Update,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
};

use super::{
    Limits, Outcome,
    outcome::End,
    submit::{Batch, Settled, Shared, submit},
};
use crate::{
    error::PipelineError,
    event::{Event, StopReason},
    journal::{Head, Journal, OpenChunk, Started, Writer, chunk_of},
    plan::{Chunk, ImportRows},
    report::Report,
};

/// Runs a journal to its end, or until it is stopped.
pub(super) async fn drive(
    imports: Imports,
    journal: Journal,
    limits: Limits,
    events: mpsc::UnboundedSender<Event>,
    mut stop: watch::Receiver<bool>,
) -> Result<Outcome, PipelineError> {
    let loaded = spawn_blocking(move || Loaded::of(journal))
        .await
        .expect("loading does not panic")?;
    let Loaded {
        journal,
        head,
        open,
        started,
    } = loaded;
    let path = journal.path().to_owned();
    let (writer, thread) = Writer::start(journal);
    let shared = Arc::new(Shared {
        imports: imports.clone(),
        settings: head.settings.clone(),
        journal: writer,
        events,
        requests: AtomicU64::new(0),
    });
    let mut state = State {
        fleet: imports.fleet().pace(limits.pace.clone()),
        limits,
        jobs: HashMap::new(),
        split: VecDeque::new(),
        sending: 0,
        unavailable: 0,
        stopped: None,
        next_progress: None,
        shared: Arc::clone(&shared),
    };
    for chunk in started {
        state
            .jobs
            .insert(chunk.handle.job_id().clone(), Job::of(chunk.id));
        match chunk.checkpoint {
            Some(checkpoint) => state.fleet.resume(checkpoint),
            None => state.fleet.add(chunk.handle),
        };
    }
    let mut batches = read_batches(head, open);
    let mut submits = FuturesUnordered::new();
    let mut is_read = false;
    let result = loop {
        while state.may_send()
            && let Some(half) = state.split.pop_front()
        {
            state.sending += 1;
            submits.push(submit(Arc::clone(&shared), half));
        }
        let may_read = !is_read && state.may_send();
        if state.is_over(submits.is_empty(), is_read || state.stopped.is_some()) {
            break Ok(());
        }
        tokio::select! {
            batch = batches.recv(), if may_read => match batch {
                Some(Ok(batch)) => {
                    state.sending += 1;
                    submits.push(submit(Arc::clone(&shared), batch));
                }
                Some(Err(error)) => break Err(error),
                None => is_read = true,
            },
            Some(settled) = submits.next(), if !submits.is_empty() => {
                state.sending -= 1;
                let ended = match settled {
                    Ok((id, settled)) => state.settled(id, settled).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = ended {
                    break Err(error);
                }
            },
            Some((handle, update)) = state.fleet.next(), if !state.fleet.is_empty() => {
                if let Err(error) = state.polled(&handle, update).await {
                    break Err(error);
                }
            },
            () = asked_to_stop(&mut stop), if state.stopped.is_none() => state.stop(StopReason::Requested),
        }
    };
    let stopped = state.stopped.take();
    let processed = state.jobs.values().map(|job| job.processed);
    let running = processed.fold(0, u64::saturating_add);
    let requests = shared.requests.load(Ordering::Relaxed);
    let events = shared.events.clone();
    drop((submits, batches, state, shared));
    // The journal is closed before it is read again.
    spawn_blocking(move || thread.join())
        .await
        .expect("waiting does not panic")
        .expect("the thread does not panic");
    result?;
    let report = spawn_blocking(move || Report::of(path))
        .await
        .expect("reading does not panic")?;
    // The events may not be wanted.
    let _ = events.send(Event::Progress {
        report: report.clone(),
        running,
        requests,
    });
    Ok(Outcome {
        report,
        stopped,
        requests,
    })
}

/// Waits until the run is asked to stop. Its handles live as long as the run.
async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What a journal holds when a run begins.
struct Loaded {
    journal: Journal,
    head: Head,
    open: Vec<OpenChunk>,
    started: Vec<Started>,
}

impl Loaded {
    fn of(journal: Journal) -> Result<Self, PipelineError> {
        let head = journal.head()?;
        let read = |error| crate::journal::failed(journal.path())(error);
        let open = OpenChunk::read(journal.connection()).map_err(read)?;
        let started = Started::read(journal.connection()).map_err(read)?;
        if !open.is_empty() {
            head.check_input()?;
        }
        Ok(Self {
            journal,
            head,
            open,
            started,
        })
    }
}

/// Reads the rows of the chunks on a thread, two chunks ahead.
fn read_batches(head: Head, open: Vec<OpenChunk>) -> mpsc::Receiver<Result<Batch, PipelineError>> {
    let (sender, batches) = mpsc::channel(2);
    spawn_blocking(move || {
        let read = || -> Result<(), PipelineError> {
            if open.is_empty() {
                return Ok(());
            }
            let mut rows = ImportRows::open(&head.input, &head.settings)?;
            let mut at = 0;
            for OpenChunk {
                id,
                chunk,
                key,
                first_sent,
            } in open
            {
                let chunk = Chunk::from(&chunk);
                let rows = rows.read_chunk(&chunk, &mut at)?;
                let key = key.unwrap_or_else(IdempotencyKey::mint);
                let batch = Batch {
                    id,
                    chunk,
                    rows,
                    key,
                    first_sent,
                };
                if sender.blocking_send(Ok(batch)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = read() {
            // The run may be over.
            let _ = sender.blocking_send(Err(error));
        }
    });
    batches
}

/// The state of a run.
struct State {
    limits: Limits,
    fleet: Fleet,
    /// The jobs that are watched.
    jobs: HashMap<JobId, Job>,
    /// Halves of chunks, to be sent next.
    split: VecDeque<Batch>,
    sending: usize,
    /// How many chunks in a row had no usable answer.
    unavailable: u32,
    stopped: Option<StopReason>,
    /// When progress may be emitted again: reading the tally takes longer the more imports there are.
    next_progress: Option<Instant>,
    shared: Arc<Shared>,
}

impl State {
    /// Returns `true` if another chunk may be sent now.
    fn may_send(&mut self) -> bool {
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

    fn is_over(&self, has_settled: bool, is_read: bool) -> bool {
        match self.stopped {
            // What was sent is settled, and jobs are watched when the run is resumed.
            Some(_) => has_settled,
            None => has_settled && is_read && self.jobs.is_empty() && self.split.is_empty(),
        }
    }

    fn stop(&mut self, reason: StopReason) {
        if self.stopped.is_none() {
            self.shared.emit(Event::Stopping(reason.clone()));
            self.stopped = Some(reason);
        }
    }

    /// Handles what became of a batch.
    async fn settled(&mut self, id: i64, settled: Settled) -> Result<(), PipelineError> {
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
            Settled::Started(handle) => {
                self.jobs.insert(handle.job_id().clone(), Job::of(id));
                self.fleet.add(handle);
            }
            Settled::Over => self.progress().await?,
        }
        self.unavailable = 0;
        Ok(())
    }

    /// Handles a poll.
    async fn polled(
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
            let processed = self.jobs.values().map(|job| job.processed);
            self.shared.emit(Event::Progress {
                report,
                running: processed.fold(0, u64::saturating_add),
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

impl Job {
    fn of(id: i64) -> Self {
        Self { id, processed: 0 }
    }
}

const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// The polls of a job that are kept back when requests are limited.
const POLLS_KEPT: u64 = 4;
/// The most jobs that are watched at once. More would only wait on the server.
const MOST_JOBS: usize = 256;
/// After as many chunks in a row without a usable answer, the server is taken to be down.
const MOST_UNAVAILABLE: u32 = 3;
