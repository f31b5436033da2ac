//! The sending of one chunk.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use prism_imports::{
    Commit, Error, ErrorKind, IdempotencyKey, ImportHandle, Imports, SubmitImport, Submitted,
};
use tokio::sync::mpsc;
use tower::ServiceExt;
use tracing::{Instrument, info_span};

use super::outcome::End;
use crate::{
    chunk::{Chunk, Packed},
    error::PipelineError,
    event::Event,
    journal::{Writer, insert_chunk},
    row::JsonRow,
    settings::Settings,
};

/// What the tasks of a run share.
pub(super) struct Shared {
    pub(super) imports: Imports,
    pub(super) settings: Settings,
    pub(super) journal: Writer,
    pub(super) events: mpsc::UnboundedSender<Event>,
    /// The requests so far.
    pub(super) requests: AtomicU64,
}

impl Shared {
    pub(super) fn emit(&self, event: Event) {
        // A run whose events are not wanted goes on.
        let _ = self.events.send(event);
    }

    pub(super) fn count(&self, requests: u64) {
        self.requests.fetch_add(requests, Ordering::Relaxed);
    }
}

/// A chunk with its rows.
pub(super) struct Batch {
    pub(super) id: i64,
    pub(super) chunk: Chunk,
    pub(super) rows: Vec<JsonRow>,
    pub(super) key: IdempotencyKey,
    pub(super) first_sent: Option<Timestamp>,
}

/// What became of a batch.
pub(super) enum Settled {
    /// It is over, and in the journal.
    Over,
    /// Its job is to be watched.
    Started(ImportHandle),
    /// Its halves are to be sent.
    Split(Vec<Batch>),
    /// There was no usable answer. It stays in the journal as it is.
    Unavailable(Error),
    /// The client's quota is used up.
    Quota,
    /// The server refuses every request.
    Refused(Error),
}

/// What an error of a submit means for the chunk.
enum Verdict {
    Again,
    Split,
    RefusesChunk,
    RefusesAll,
    Quota,
    Unknown,
}

/// Sends a batch until its outcome is known, for a bounded number of times.
pub(super) async fn submit(
    shared: Arc<Shared>,
    batch: Batch,
) -> Result<(i64, Settled), PipelineError> {
    let id = batch.id;
    let rows = batch.rows.len();
    let span = info_span!(
        "prism.import",
        prism.import = id,
        prism.rows = rows.cast_signed()
    );
    let settled = send(&shared, batch).instrument(span).await?;
    Ok((id, settled))
}

async fn send(shared: &Shared, mut batch: Batch) -> Result<Settled, PipelineError> {
    let id = batch.id;
    let request = match build(shared, &batch) {
        Ok(request) => request,
        Err(error) => return refuse(shared, &batch, error).await,
    };
    let mut tries = 0_u32;
    let mut may_be_sent = batch.first_sent.is_some();
    loop {
        let now = Timestamp::now();
        let first_sent = *batch.first_sent.get_or_insert(now);
        if now.duration_since(first_sent) >= KEY_LASTS {
            let reason = "the key is older than a day".to_owned();
            shared.journal.unknown(id, reason).await?;
            return Ok(Settled::Over);
        }
        store_sending(shared, &batch, first_sent).await?;
        shared.emit(Event::Sending {
            import: id,
            rows: batch.rows.len() as u64,
        });
        let error = match shared.imports.submits().oneshot(request.clone()).await {
            Ok(reply) => {
                shared.count(reply.attempts().into());
                return settle(shared, &batch, reply.into_value()).await;
            }
            Err(error) => error,
        };
        shared.count(error.attempts().into());
        tries = tries.saturating_add(1);
        let may_be_committed = error.commit() != Some(Commit::NotCommitted);
        may_be_sent |= may_be_committed;
        let settled = match verdict(&error, may_be_committed, batch.rows.len()) {
            Verdict::Again if tries < TRIES => {
                let pause = error.retry_after().unwrap_or(PAUSE.saturating_mul(tries));
                shared.emit(Event::Fault { import: id, error });
                tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
                continue;
            }
            Verdict::Again => Settled::Unavailable(error),
            Verdict::Quota => Settled::Quota,
            Verdict::RefusesAll => Settled::Refused(error),
            Verdict::RefusesChunk => refuse(shared, &batch, error).await?,
            Verdict::Split => split(shared, batch).await?,
            Verdict::Unknown => {
                shared.journal.unknown(id, error.to_string()).await?;
                shared.emit(Event::Refused { import: id, error });
                Settled::Over
            }
        };
        let is_open = matches!(
            settled,
            Settled::Unavailable(_) | Settled::Quota | Settled::Refused(_)
        );
        if is_open && !may_be_sent {
            // It was surely not carried out, however long the run is stopped.
            let update = "UPDATE chunk SET state = 'planned', first_sent = NULL WHERE id = ?";
            shared.journal.execute(update, [id]).await?;
        }
        return Ok(settled);
    }
}

fn build(shared: &Shared, batch: &Batch) -> Result<SubmitImport, Error> {
    let settings = &shared.settings;
    let mut submit = shared
        .imports
        .submit(settings.object_type.clone())
        .rows(&batch.rows)
        .idempotency_key(batch.key.clone());
    if let Some(property) = &settings.dedupe_by {
        submit = submit.dedupe_by(property);
    }
    for (name, value) in &settings.options {
        submit = submit.option(name, value);
    }
    submit.into_request()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds may become more")]
fn verdict(error: &Error, may_be_committed: bool, rows: usize) -> Verdict {
    let server = error.server().and_then(|server| server.code());
    match error.kind() {
        ErrorKind::Quota => Verdict::Quota,
        // Another body was sent under the key: by a version that wrote rows in another way.
        ErrorKind::Rejected if server == Some("idempotency_key_mismatch") => Verdict::Unknown,
        // What may have been carried out is sent again under its key, and answered as it was the first time.
        _ if may_be_committed || error.is_retryable() => Verdict::Again,
        ErrorKind::Rejected if rows > 1 && is_too_large(error, server) => Verdict::Split,
        ErrorKind::Rejected | ErrorKind::Argument => Verdict::RefusesChunk,
        _ => Verdict::RefusesAll,
    }
}

fn is_too_large(error: &Error, code: Option<&str>) -> bool {
    let is_named = code.is_some_and(|code| {
        ["too_many_rows", "too_many_objects", "payload_too_large"].contains(&code)
    });
    is_named || error.status().is_some_and(|status| status.as_u16() == 413)
}

async fn store_sending(
    shared: &Shared,
    batch: &Batch,
    first_sent: Timestamp,
) -> Result<(), PipelineError> {
    let update = "UPDATE chunk SET state = 'sending', key = ?, first_sent = ? WHERE id = ?";
    let stored = (
        batch.key.as_str().to_owned(),
        first_sent.to_string(),
        batch.id,
    );
    shared.journal.execute(update, stored).await
}

/// Stores the answer to a submit.
async fn settle(
    shared: &Shared,
    batch: &Batch,
    submitted: Submitted,
) -> Result<Settled, PipelineError> {
    let id = batch.id;
    match submitted {
        Submitted::Finished(end) => {
            let end = End::of(&end, &batch.chunk);
            shared
                .journal
                .write(move |connection| end.store(connection, id))
                .await?;
            shared.emit(Event::Done { import: id });
            Ok(Settled::Over)
        }
        Submitted::Started(handle) => {
            let stored = serde_json::to_string(&handle).unwrap_or_default();
            let update = "UPDATE chunk SET state = 'started', handle = ? WHERE id = ?";
            shared.journal.execute(update, (stored, id)).await?;
            shared.emit(Event::Started {
                import: id,
                job: handle.job_id().clone(),
            });
            Ok(Settled::Started(handle))
        }
    }
}

async fn refuse(shared: &Shared, batch: &Batch, error: Error) -> Result<Settled, PipelineError> {
    let (id, end) = (batch.id, End::refused(&error, &batch.chunk));
    shared
        .journal
        .write(move |connection| end.store(connection, id))
        .await?;
    shared.emit(Event::Refused { import: id, error });
    Ok(Settled::Over)
}

/// Replaces a chunk by its halves, which are imports of their own.
async fn split(shared: &Shared, batch: Batch) -> Result<Settled, PipelineError> {
    let Batch {
        id,
        chunk,
        mut rows,
        ..
    } = batch;
    let right_rows = rows.split_off(rows.len() / 2);
    let chunks = chunk.halves([&rows, &right_rows]);
    let stored = chunks.each_ref().map(Packed::from);
    let (sender, ids) = tokio::sync::oneshot::channel();
    shared
        .journal
        .write(move |connection| {
            connection.execute("UPDATE chunk SET state = 'split' WHERE id = ?", [id])?;
            let ids = [
                insert_chunk(connection, &stored[0])?,
                insert_chunk(connection, &stored[1])?,
            ];
            // The receiver waits.
            let _ = sender.send(ids);
            Ok(())
        })
        .await?;
    shared.emit(Event::Split { import: id });
    let ids = ids.await.unwrap_or_default();
    let parts = ids.into_iter().zip(chunks).zip([rows, right_rows]);
    let halves = parts.map(|((id, chunk), rows)| Batch {
        id,
        chunk,
        rows,
        key: IdempotencyKey::mint(),
        first_sent: None,
    });
    Ok(Settled::Split(halves.collect()))
}

/// The server keeps its answer to a key for 24 hours; an hour is left for a clock that is wrong.
const KEY_LASTS: SignedDuration = SignedDuration::from_hours(23);
/// How often a chunk is sent in a run. Each time, the client retries by itself.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
