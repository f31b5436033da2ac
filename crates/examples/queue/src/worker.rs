//! A worker process: an apalis worker for each of the two queues.
//!
//! Apalis counts a worker as dead if it has sent no heartbeat for some time, and gives its tasks to others. So there is no shutdown
//! to get right: Ctrl-C and SIGKILL leave the same state. A worker whose database fails ends, to be started again.

use std::{sync::Arc, time::Duration};

use apalis::prelude::{BackendExt, WorkerBuilder, WorkerBuilderExt};
use apalis_postgres::{Config as PostgresConfig, PostgresStorage};
use apalis_sqlite::{Config as SqliteConfig, SqliteStorage};
use clap::{Args, ValueEnum};
use prism_imports::{Client, poller::Pace};

use crate::{
    BoxError,
    database::{Database, SUBMIT, Task, WATCH},
    quota,
    tasks::{self, Context},
};

#[derive(Args, Clone, Debug)]
pub(crate) struct WorkerArgs {
    /// The name of the worker, which no other worker has or had [default: a random one]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How many imports it submits at a time, each with its rows in memory
    #[arg(long, value_name = "TASKS", default_value = "8")]
    submits: usize,
    /// How many jobs it watches at a time
    #[arg(long, value_name = "TASKS", default_value = "1000")]
    watches: usize,
    /// The pause between two queries for new tasks
    #[arg(long, value_name = "MS", default_value = "1000")]
    query_ms: u64,
    /// The pause between two heartbeats. After three, the worker's tasks are given to others
    #[arg(long, value_name = "SECONDS", default_value = "20")]
    heartbeat: u64,
    /// How promptly the end of a job is seen, against how many requests
    #[arg(long, value_enum, default_value = "balanced")]
    pace: PaceName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaceName {
    Prompt,
    Balanced,
    Frugal,
}

pub(crate) async fn run(url: &str, args: WorkerArgs) -> Result<(), BoxError> {
    let database = Database::connect(url).await?;
    let client = Client::builder()
        .attempt_layer(quota::layer(database.clone()))
        .build()?;
    let context = Arc::new(Context {
        database: database.clone(),
        imports: client.imports(),
        pace: match args.pace {
            PaceName::Prompt => Pace::prompt(),
            PaceName::Balanced => Pace::balanced(),
            PaceName::Frugal => Pace::frugal(),
        },
    });
    let process = args
        .name
        .clone()
        .unwrap_or_else(|| format!("{:016x}", fastrand::u64(..)));

    // The storages of the two databases have types of their own, and the same methods.
    macro_rules! worker {
        ($storage:ident, $config:ident, $pool:expr, $queue:expr, $places:expr, $task:path) => {{
            let config = $config::default()
                .queue($queue)
                // A task is taken when there is a place for it: none waits in a worker that is busy.
                .batch_size(1)
                .heartbeat_interval(Duration::from_secs(args.heartbeat.max(1)))
                .missed_heartbeats(MISSED_HEARTBEATS);
            let storage = $storage::<Task>::new($pool).with_config(config);
            WorkerBuilder::new(format!("{process}-{}", $queue))
                .backend(storage.poll_with_interval(Duration::from_millis(args.query_ms)))
                .concurrency($places)
                .data(context.clone())
                .build($task)
                .run()
        }};
    }
    macro_rules! workers {
        ($storage:ident, $config:ident, $pool:expr) => {
            tokio::try_join!(
                worker!(
                    $storage,
                    $config,
                    $pool,
                    SUBMIT,
                    args.submits,
                    tasks::submit
                ),
                worker!($storage, $config, $pool, WATCH, args.watches, tasks::watch),
            )
        };
    }
    let workers = async {
        match &database {
            Database::Sqlite(pool) => workers!(SqliteStorage, SqliteConfig, pool),
            Database::Postgres(pool) => workers!(PostgresStorage, PostgresConfig, pool),
        }
    };
    tokio::select! {
        ended = workers => ended.map(|_| ()).map_err(Into::into),
        stop = tokio::signal::ctrl_c() => Ok(stop?),
    }
}

/// Times in the database are whole seconds, so two could be missed within little more than one interval.
const MISSED_HEARTBEATS: usize = 3;
