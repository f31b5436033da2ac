//! The imports in SQLite: what a restart needs, and the results.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prism_imports::{IdempotencyKey, Row};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;

use crate::{
    stage::{Request, Stage},
    status::Status,
};

/// The database. Clones share one connection.
///
/// SQLite blocks its thread, so each call runs on a thread for blocking work, and is carried out even if its future is
/// dropped.
#[derive(Clone, Debug)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
}

/// The result of storing a new import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It is stored.
    New,
    /// The same request was stored before under its id.
    Same,
    /// Another request was stored before under its id.
    Other,
}

/// An import that is not over.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The key of the submit.
    pub(crate) id: IdempotencyKey,
    /// How far it is.
    pub(crate) stage: Stage,
}

impl Store {
    /// Opens the database, or creates it. `:memory:` is a database that is not stored.
    ///
    /// # Errors
    ///
    /// That of SQLite, also if another process has opened the database: two processes would send the same imports.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        // Another process keeps its lock to its end, so waiting for it does not help.
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch(SCHEMA)?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { connection })
    }

    /// Stores a new import, unless there is one with its id. Only after that may it be sent.
    pub(crate) async fn insert(
        &self,
        id: IdempotencyKey,
        request: Request,
        status: &Status,
    ) -> Result<Inserted, StoreError> {
        let status = serde_json::to_string(status)?;
        self.run(move |db| {
            let digest = request.digest()?;
            let stage = serde_json::to_string(&Stage::Submitting(request))?;
            let sql = "INSERT INTO imports (id, digest, stage, status) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO NOTHING";
            if db.execute(sql, params![id.as_str(), digest, stage, status])? == 1 {
                return Ok(Inserted::New);
            }
            let sql = "SELECT digest FROM imports WHERE id = ?1";
            let stored: Vec<u8> = db.query_row(sql, [id.as_str()], |row| row.get(0))?;
            Ok(if stored == digest {
                Inserted::Same
            } else {
                Inserted::Other
            })
        })
        .await
    }

    /// Stores how far an import is.
    pub(crate) async fn advance(
        &self,
        id: IdempotencyKey,
        stage: Stage,
        status: &Status,
    ) -> Result<(), StoreError> {
        let status = serde_json::to_string(status)?;
        self.run(move |db| {
            let stage = serde_json::to_string(&stage)?;
            let sql = "UPDATE imports SET stage = ?2, status = ?3 WHERE id = ?1";
            db.execute(sql, params![id.as_str(), stage, status])?;
            Ok(())
        })
        .await
    }

    /// Stores the end of an import and the results of its rows. The rows that were sent are deleted.
    pub(crate) async fn close(
        &self,
        id: IdempotencyKey,
        status: &Status,
        results: Vec<Row>,
    ) -> Result<(), StoreError> {
        let status = serde_json::to_string(status)?;
        self.run(move |db| {
            let change = db.transaction()?;
            let sql = "UPDATE imports SET stage = NULL, status = ?2 WHERE id = ?1";
            change.execute(sql, params![id.as_str(), status])?;
            let sql =
                "INSERT INTO results (import, position, is_failed, row) VALUES (?1, ?2, ?3, ?4)";
            let mut insert = change.prepare(sql)?;
            for (position, row) in (0_u32..).zip(&results) {
                let json = serde_json::to_string(row)?;
                insert.execute(params![id.as_str(), position, row.is_failed(), json])?;
            }
            drop(insert);
            Ok(change.commit()?)
        })
        .await
    }

    /// Returns the imports that are not over.
    pub(crate) async fn unfinished(&self) -> Result<Vec<Stored>, StoreError> {
        self.run(|db| {
            let sql = "SELECT id, stage FROM imports WHERE stage IS NOT NULL ORDER BY id";
            let mut select = db.prepare(sql)?;
            let mut found = select.query(())?;
            let mut imports = Vec::new();
            while let Some(import) = found.next()? {
                let id: String = import.get(0)?;
                let stage = serde_json::from_str(import.get_ref(1)?.as_str()?);
                match (IdempotencyKey::new(id), stage) {
                    (Ok(id), Ok(stage)) => imports.push(Stored { id, stage }),
                    // Such as a checkpoint of a newer version. It stays as it is, and the others go on.
                    (id, _) => tracing::error!(id = ?id.ok(), "a stored import is not understood"),
                }
            }
            Ok(imports)
        })
        .await
    }

    /// Returns how long ago an import was stored.
    pub(crate) async fn age(&self, id: IdempotencyKey) -> Result<Duration, StoreError> {
        self.run(move |db| {
            let sql = "SELECT max(0, unixepoch() - created_at) FROM imports WHERE id = ?1";
            let seconds: i64 = db.query_row(sql, [id.as_str()], |row| row.get(0))?;
            Ok(Duration::from_secs(seconds.unsigned_abs()))
        })
        .await
    }

    /// Returns the status of an import as JSON; `None` if there is no such import.
    pub(crate) async fn status(&self, id: IdempotencyKey) -> Result<Option<String>, StoreError> {
        self.run(move |db| {
            let sql = "SELECT status FROM imports WHERE id = ?1";
            let status = db.query_row(sql, [id.as_str()], |row| row.get(0));
            Ok(status.optional()?)
        })
        .await
    }

    /// Returns some results of an import, all or those that failed.
    pub(crate) async fn results(
        &self,
        id: IdempotencyKey,
        only_failed: bool,
        offset: u32,
        limit: u32,
    ) -> Result<Results, StoreError> {
        self.run(move |db| {
            // `is_failed` is 0 or 1, and so is the least that is asked for.
            let sql = "SELECT count(*) FROM results WHERE import = ?1 AND is_failed >= ?2";
            let count = params![id.as_str(), only_failed];
            let total = db.query_row(sql, count, |row| row.get(0))?;
            let sql = "SELECT row FROM results WHERE import = ?1 AND is_failed >= ?2
                ORDER BY position LIMIT ?4 OFFSET ?3";
            let mut select = db.prepare(sql)?;
            let page = params![id.as_str(), only_failed, offset, limit];
            let mut found = select.query(page)?;
            let mut rows = Vec::new();
            while let Some(result) = found.next()? {
                rows.push(RawValue::from_string(result.get(0)?)?);
            }
            Ok(Results { total, rows })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        let run = move || task(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        spawn_blocking(run).await?
    }
}

/// Some results of the rows of an import.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    /// How many there are in all.
    total: i64,
    rows: Vec<Box<RawValue>>,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite failed.
    #[error("SQLite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A column does not have the expected type.
    #[error("a column has another type")]
    Column(#[from] rusqlite::types::FromSqlError),
    /// A stored value is not understood.
    #[error("a stored value is not understood")]
    Json(#[from] serde_json::Error),
    /// The task of a query was stopped.
    #[error("the query did not run")]
    Task(#[from] tokio::task::JoinError),
}

/// `synchronous = FULL`: a key that was stored must survive the loss of power, since the request is sent next.
const SCHEMA: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS imports (
        id         TEXT PRIMARY KEY,
        created_at INTEGER NOT NULL DEFAULT (unixepoch()),
        digest     BLOB NOT NULL, -- of the `Request`
        stage      TEXT, -- a `Stage`; null once the import is over
        status     TEXT NOT NULL -- a `Status`
    ) STRICT;
    CREATE TABLE IF NOT EXISTS results (
        import    TEXT NOT NULL REFERENCES imports (id),
        position  INTEGER NOT NULL,
        is_failed INTEGER NOT NULL,
        row       TEXT NOT NULL,
        PRIMARY KEY (import, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS unfinished ON imports (id) WHERE stage IS NOT NULL;
    CREATE INDEX IF NOT EXISTS by_failure ON results (import, is_failed, position);
";
