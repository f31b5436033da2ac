//! The database: SQLite on one machine, PostgreSQL for several.

use std::{str::FromStr, time::Duration};

use apalis::prelude::TaskBuilder;
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use serde::{Deserialize, Serialize};
use sqlx::{
    PgConnection, PgPool, SqliteConnection, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::BoxError;

/// A pool of connections. The tables of the queue are those of apalis; `imports` and `quota` are in `schema.sql`.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs the same code with the pool of either database.
macro_rules! with_pool {
    ($database:expr, $pool:ident => $code:expr) => {
        match $database {
            $crate::database::Database::Sqlite($pool) => $code,
            $crate::database::Database::Postgres($pool) => $code,
        }
    };
}
pub(crate) use with_pool;

impl Database {
    pub(crate) async fn connect(url: &str) -> Result<Self, BoxError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
            return Ok(Self::Postgres(pool.connect(url).await?));
        }
        // A key is sent after it is stored. With less than `Full`, a power cut could take back what was stored.
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
        Ok(Self::Sqlite(pool.connect_with(options).await?))
    }

    /// Creates the tables that do not exist yet. Not for workers: two processes must not do it at once.
    pub(crate) async fn create_tables(&self) -> Result<(), BoxError> {
        match self {
            // Not `SqliteStorage::setup`, which also sets `synchronous` to `OFF`.
            Self::Sqlite(pool) => SqliteStorage::<()>::migrations().run(pool).await?,
            Self::Postgres(pool) => PostgresStorage::<()>::setup(pool).await?,
        }
        with_pool!(self, pool => {
            sqlx::raw_sql(include_str!("schema.sql")).execute(pool).await?;
        });
        Ok(())
    }

    /// Changes one row, and adds a task for it to a queue in the same transaction. Returns `false` if the statement changed
    /// no row; then no task is added either.
    pub(crate) async fn change_and_push(
        &self,
        statement: &'static str,
        values: &[&str],
        queue: &str,
        import: &str,
    ) -> Result<bool, BoxError> {
        let task = serde_json::to_vec(&Task {
            import: import.to_owned(),
        })?;
        let task = TaskBuilder::new(task).max_attempts(MAX_ATTEMPTS).build();
        with_pool!(self, pool => {
            let mut transaction = pool.begin().await?;
            let mut query = sqlx::query(statement);
            for value in values {
                query = query.bind(*value);
            }
            let is_changed = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if is_changed {
                transaction.push(queue, task).await?;
            }
            transaction.commit().await?;
            Ok(is_changed)
        })
    }
}

/// A task as it is stored.
type StoredTask = apalis::prelude::Task<Vec<u8>>;

/// A connection that adds tasks, in its transaction.
trait Push {
    async fn push(&mut self, queue: &str, task: StoredTask) -> Result<(), BoxError>;
}

impl Push for SqliteConnection {
    async fn push(&mut self, queue: &str, task: StoredTask) -> Result<(), BoxError> {
        Ok(apalis_sqlite::queries::push_tasks(self, queue, &[task]).await?)
    }
}

impl Push for PgConnection {
    async fn push(&mut self, queue: &str, task: StoredTask) -> Result<(), BoxError> {
        Ok(apalis_postgres::queries::push_tasks(self, queue, vec![task]).await?)
    }
}

/// The argument of both kinds of task. All else is in the table `imports`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) import: String,
}

/// The queue of imports to submit.
pub(crate) const SUBMIT: &str = "submit";
/// The queue of jobs to watch.
pub(crate) const WATCH: &str = "watch";
/// A task counts an attempt when it starts, also after a kill. Only an error of the database makes it fail.
const MAX_ATTEMPTS: usize = 1_000_000;
/// Connections of a process: the two queues, and the tasks that store something.
const CONNECTIONS: u32 = 8;
/// How long a statement waits for the writers of other processes; SQLite has one writer at a time.
const BUSY: Duration = Duration::from_secs(30);
