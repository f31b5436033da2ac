//! The table of imports. Each change of state names the states that it starts from, so a task that is run twice changes
//! nothing the second time.
//!
//! ```text
//! queued ──> submitting ──> started ──> complete, failed
//!                │             └──────> unknown
//!                └──> complete, failed, rejected, unknown
//! ```

use prism_imports::{Finished, IdempotencyKey, ImportHandle, ImportJob, Tally, WatchCheckpoint};

use crate::{
    BoxError,
    database::{Database, SUBMIT, WATCH, with_pool},
};

/// An import to store.
pub(crate) struct NewImport<'a> {
    pub(crate) id: &'a str,
    pub(crate) object_type: &'a str,
    /// A JSON array.
    pub(crate) rows: &'a str,
    pub(crate) key: &'a IdempotencyKey,
}

/// An import that is about to be sent.
pub(crate) struct Sending {
    pub(crate) object_type: String,
    pub(crate) rows: String,
    pub(crate) key: String,
    /// In seconds since 1970.
    pub(crate) first_sent: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Submitting,
    Started,
    /// All rows were attempted; the tally says how they ended.
    Complete,
    /// The job failed as a whole.
    Failed,
    /// The import was refused, and does not exist at the server.
    Rejected,
    /// The import may exist at the server. A person decides.
    Unknown,
}

impl State {
    pub(crate) const ALL: [Self; 7] = [
        Self::Queued,
        Self::Submitting,
        Self::Started,
        Self::Complete,
        Self::Failed,
        Self::Rejected,
        Self::Unknown,
    ];
    pub(crate) const ENDED: [Self; 4] =
        [Self::Complete, Self::Failed, Self::Rejected, Self::Unknown];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitting => "submitting",
            Self::Started => "started",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

impl Database {
    /// Stores an import with its key, and the task that submits it. Returns `false` if there is one with this id.
    pub(crate) async fn enqueue(&self, import: &NewImport<'_>) -> Result<bool, BoxError> {
        let statement = "INSERT INTO imports (id, object_type, rows, idempotency_key, state) \
             VALUES ($1, $2, $3, $4, 'queued') ON CONFLICT (id) DO NOTHING";
        let NewImport {
            id,
            object_type,
            rows,
            key,
        } = import;
        let values = [id, object_type, rows, key.as_str()];
        self.change_and_push(statement, &values, SUBMIT, id).await
    }

    /// Records that the key is about to be sent. `None` if the import was started or ended before.
    pub(crate) async fn begin_submit(
        &self,
        id: &str,
        now: i64,
    ) -> Result<Option<Sending>, BoxError> {
        let statement = "UPDATE imports SET state = 'submitting', first_sent = COALESCE(first_sent, $2) \
             WHERE id = $1 AND state IN ('queued', 'submitting') \
             RETURNING object_type, rows, idempotency_key, first_sent";
        let row: Option<(String, String, String, i64)> = with_pool!(self, pool => {
            sqlx::query_as(statement).bind(id).bind(now).fetch_optional(pool).await?
        });
        Ok(row.map(|(object_type, rows, key, first_sent)| Sending {
            object_type,
            rows,
            key,
            first_sent,
        }))
    }

    /// Stores the handle of the job, and the task that watches it.
    pub(crate) async fn started(&self, id: &str, handle: &ImportHandle) -> Result<bool, BoxError> {
        let statement = "UPDATE imports SET state = 'started', handle = $2 \
             WHERE id = $1 AND state = 'submitting'";
        let handle = serde_json::to_string(handle)?;
        self.change_and_push(statement, &[id, &handle], WATCH, id)
            .await
    }

    /// Returns the handle and the last checkpoint of a job that has not ended.
    pub(crate) async fn watched(
        &self,
        id: &str,
    ) -> Result<Option<(ImportHandle, Option<WatchCheckpoint>)>, BoxError> {
        let statement =
            "SELECT handle, checkpoint FROM imports WHERE id = $1 AND state = 'started'";
        let row: Option<(String, Option<String>)> = with_pool!(self, pool => {
            sqlx::query_as(statement).bind(id).fetch_optional(pool).await?
        });
        let Some((handle, checkpoint)) = row else {
            return Ok(None);
        };
        // One of another version is not needed: the handle is enough.
        let checkpoint = checkpoint.and_then(|json| serde_json::from_str(&json).ok());
        Ok(Some((serde_json::from_str(&handle)?, checkpoint)))
    }

    pub(crate) async fn store_checkpoint(
        &self,
        id: &str,
        checkpoint: &WatchCheckpoint,
    ) -> Result<(), BoxError> {
        let statement = "UPDATE imports SET checkpoint = $2 WHERE id = $1 AND state = 'started'";
        let checkpoint = serde_json::to_string(checkpoint)?;
        with_pool!(self, pool => {
            sqlx::query(statement).bind(id).bind(checkpoint).execute(pool).await?;
        });
        Ok(())
    }

    /// Stores how the import ended: the tally of a complete job, the error of one that failed.
    pub(crate) async fn finish(&self, id: &str, end: Finished) -> Result<(), BoxError> {
        let (state, tally) = match &end {
            Finished::Complete(job) => {
                (State::Complete, Some(serde_json::to_string(&job.tally())?))
            }
            Finished::Failed(_) => (State::Failed, None),
        };
        let job = ImportJob::from(end);
        let error = job.error().map(serde_json::to_string).transpose()?;
        self.end(id, state, tally.as_deref(), error.as_deref())
            .await
    }

    /// Stores the end of an import that has not ended.
    pub(crate) async fn end(
        &self,
        id: &str,
        state: State,
        tally: Option<&str>,
        error: Option<&str>,
    ) -> Result<(), BoxError> {
        let statement = "UPDATE imports SET state = $2, tally = $3, error = $4 \
             WHERE id = $1 AND state IN ('submitting', 'started')";
        with_pool!(self, pool => {
            let query = sqlx::query(statement).bind(id).bind(state.as_str());
            query.bind(tally).bind(error).execute(pool).await?;
        });
        Ok(())
    }

    /// Returns the tally of a complete import.
    pub(crate) async fn tally(&self, id: &str) -> Result<Option<Tally>, BoxError> {
        let statement = "SELECT tally FROM imports WHERE id = $1 AND state = 'complete'";
        let row: Option<(Option<String>,)> = with_pool!(self, pool => {
            sqlx::query_as(statement).bind(id).fetch_optional(pool).await?
        });
        let tally = row.and_then(|(tally,)| tally);
        Ok(tally.map(|json| serde_json::from_str(&json)).transpose()?)
    }

    /// Counts the imports in these states.
    pub(crate) async fn count(&self, states: &[State]) -> Result<i64, BoxError> {
        let statement = "SELECT count(*) FROM imports WHERE state = $1";
        let mut count = 0;
        for state in states {
            let (of_state,): (i64,) = with_pool!(self, pool => {
                sqlx::query_as(statement).bind(state.as_str()).fetch_one(pool).await?
            });
            count += of_state;
        }
        Ok(count)
    }
}
