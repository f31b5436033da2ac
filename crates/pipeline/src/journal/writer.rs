//! The thread that writes a journal. What several tasks write at once is one transaction, so that the disk is waited for once.

use std::{path::PathBuf, sync::mpsc, thread};

use rusqlite::{Connection, Params};
use tokio::sync::oneshot;

use super::Journal;
use crate::error::PipelineError;

type Write = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()> + Send>;

/// Writes a journal from any task. The journal is closed when all clones are dropped.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    writes: mpsc::Sender<(Write, oneshot::Sender<Result<(), String>>)>,
}

impl Writer {
    /// Starts the thread, and returns it so that its end can be waited for.
    pub(crate) fn start(journal: Journal) -> (Self, thread::JoinHandle<()>) {
        let (writes, received) = mpsc::channel();
        let path = journal.path.clone();
        let thread = thread::spawn(move || serve(&journal, &received));
        (Self { path, writes }, thread)
    }

    /// Writes, and returns when the disk has it.
    pub(crate) async fn write(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), PipelineError> {
        let (done, written) = oneshot::channel();
        let sent = self.writes.send((Box::new(write), done));
        let result = match sent {
            Ok(()) => written
                .await
                .unwrap_or_else(|_closed| Err(CLOSED.to_owned())),
            Err(_closed) => Err(CLOSED.to_owned()),
        };
        result.map_err(|reason| PipelineError::Journal {
            path: self.path.clone(),
            reason,
            source: None,
        })
    }

    /// Executes one statement.
    pub(crate) async fn execute(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<(), PipelineError> {
        self.write(move |connection| connection.execute(sql, params).map(drop))
            .await
    }

    /// Stores that the outcome of a chunk cannot be found out, and why.
    pub(crate) async fn unknown(&self, id: i64, reason: String) -> Result<(), PipelineError> {
        let update = "UPDATE chunk SET state = 'unknown', error = ? WHERE id = ?";
        self.execute(update, (reason, id)).await
    }
}

fn serve(
    journal: &Journal,
    received: &mpsc::Receiver<(Write, oneshot::Sender<Result<(), String>>)>,
) {
    while let Ok(first) = received.recv() {
        let batch = std::iter::once(first).chain(received.try_iter().take(MOST));
        let mut waiting = Vec::new();
        let connection = journal.connection();
        let written = (|| {
            let transaction = connection.unchecked_transaction()?;
            for (write, done) in batch {
                waiting.push(done);
                write(&transaction)?;
            }
            transaction.commit()
        })();
        let result = written.map_err(|error| error.to_string());
        for done in waiting {
            // Its task may be gone.
            let _ = done.send(result.clone());
        }
    }
}

/// The most writes of one transaction.
const MOST: usize = 64;
const CLOSED: &str = "its thread has ended";
