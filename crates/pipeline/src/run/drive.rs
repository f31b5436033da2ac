//! The loop of a run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use prism_imports::{IdempotencyKey, Imports};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_blocking,
};
use tracing::{Instrument, field, info_span};

use super::{
    Limits, Outcome,
    state::State,
    submit::{Batch, Shared, submit},
};
use crate::{
    chunk::Chunk,
    error::PipelineError,
    event::{Event, StopReason},
    journal::{Head, Journal, OpenChunk, Started, Writer, read_merged},
    report::Report,
    source::{ImportRows, MergedRow},
};

/// Runs a journal to its end, or until it is stopped, in a span. Numbers are `i64`, since `tracing-opentelemetry` exports
/// unsigned ones as text.
pub(super) async fn drive(
    imports: Imports,
    journal: Journal,
    limits: Limits,
    events: mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<bool>,
) -> Result<Outcome, PipelineError> {
    let span = info_span!(
        "prism.run",
        otel.status_code = field::Empty,
        prism.rows = field::Empty,
        prism.rows.failed = field::Empty,
        prism.rows.pending = field::Empty,
        prism.requests = field::Empty,
    );
    let result = run(imports, journal, limits, events, stop)
        .instrument(span.clone())
        .await;
    match &result {
        Ok(outcome) => {
            let report = outcome.report();
            span.record("prism.rows", report.rows().cast_signed());
            span.record("prism.rows.failed", report.failed().cast_signed());
            span.record("prism.rows.pending", report.pending().cast_signed());
            span.record("prism.requests", outcome.requests().cast_signed());
        }
        Err(_) => {
            span.record("otel.status_code", "ERROR");
        }
    }
    result
}

async fn run(
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
        merged,
    } = loaded;
    let path = journal.path().to_owned();
    let (writer, thread) = Writer::start(journal);
    let shared = Arc::new(Shared {
        imports,
        settings: head.settings.clone(),
        journal: writer,
        events,
        requests: AtomicU64::new(0),
    });
    let mut state = State::new(Arc::clone(&shared), limits);
    for chunk in started {
        state.watch(chunk.id, chunk.handle, chunk.checkpoint);
    }
    let mut batches = read_batches(head, open, merged);
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
    let running = state.running();
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
    merged: Vec<MergedRow>,
}

impl Loaded {
    fn of(journal: Journal) -> Result<Self, PipelineError> {
        let head = journal.head()?;
        let read = |error| crate::journal::failed(journal.path())(error);
        let open = OpenChunk::read(journal.connection()).map_err(read)?;
        let started = Started::read(journal.connection()).map_err(read)?;
        let merged = read_merged(journal.connection()).map_err(read)?;
        if !open.is_empty() {
            head.check_input()?;
        }
        Ok(Self {
            journal,
            head,
            open,
            started,
            merged,
        })
    }
}

/// Reads the rows of the chunks on a thread, two chunks ahead.
fn read_batches(
    head: Head,
    open: Vec<OpenChunk>,
    merged: Vec<MergedRow>,
) -> mpsc::Receiver<Result<Batch, PipelineError>> {
    let (sender, batches) = mpsc::channel(2);
    spawn_blocking(move || {
        let read = || -> Result<(), PipelineError> {
            if open.is_empty() {
                return Ok(());
            }
            let mut rows = ImportRows::open(&head.input, &head.settings, &merged)?;
            for OpenChunk {
                id,
                chunk,
                key,
                first_sent,
            } in open
            {
                let chunk = Chunk::from(&chunk);
                let rows = rows.read_chunk(&chunk)?;
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
