//! A durable queue of imports, for workers in several processes and on several machines.
//!
//! `submit` and `watch` are tasks of apalis, stored in SQLite or PostgreSQL next to the imports. A worker may be killed at any
//! time: another one runs its tasks again, under the same key. The page `docs/cookbook/queue.md` describes how it works.

mod database;
mod store;
mod quota;
mod verdict;
mod tasks;
mod worker;
mod trial;

use std::{error::Error, fs, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use prism_imports::{IdempotencyKey, SubmitImport};
use uuid::Uuid;

use crate::{
    database::Database,
    quota::Limits,
    store::{NewImport, State},
    trial::{KillTest, QuotaTest, Throughput},
    worker::WorkerArgs,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// A durable queue of imports for workers in several processes.
#[derive(Parser)]
#[command(max_term_width = 110)]
struct Args {
    /// The URL of the database: of `postgres`, or of `sqlite` with a file
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://queue.sqlite",
        hide_env_values = true
    )]
    database_url: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create the tables and set the limits that all workers share
    Setup(Limits),
    /// Store an import and its submit task
    Enqueue {
        /// The id of the import; a second one with the same id is not stored
        id: String,
        /// A file with a JSON object on each line: the rows
        file: PathBuf,
        /// The type of the records
        #[arg(long, value_name = "TYPE", default_value = "contact")]
        object_type: String,
    },
    /// Run tasks until Ctrl-C, with the `MICRO_API_KEY`, `MICRO_TEAM_ID` and `MICRO_BASE_URL` of the environment
    Worker(WorkerArgs),
    /// Count the imports by state
    Status,
    /// Run 10 imports with 2 worker processes against a sandbox
    Run,
    /// Kill workers at random moments, and check that every import was carried out once
    KillTest(KillTest),
    /// Run workers that are allowed fewer requests than they need, and check that they keep to it
    QuotaTest(QuotaTest),
    /// Measure imports per minute, and the size of the database
    Throughput(Throughput),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), BoxError> {
    let url = args.database_url;
    match args.command {
        Command::Setup(limits) => {
            let database = Database::connect(&url).await?;
            database.create_tables().await?;
            database.set_limits(limits).await?;
        }
        Command::Enqueue {
            id,
            file,
            object_type,
        } => {
            let rows = rows(&fs::read_to_string(file)?)?;
            // What the client would refuse to send is refused now, and not when a worker comes to it.
            let checked = SubmitImport::builder(Uuid::nil(), object_type.as_str());
            checked.rows(&rows).into_request()?;
            let import = NewImport {
                id: &id,
                object_type: &object_type,
                rows: &serde_json::to_string(&rows)?,
                key: &IdempotencyKey::mint(),
            };
            let is_new = Database::connect(&url).await?.enqueue(&import).await?;
            println!(
                "{id}: {}",
                if is_new {
                    "queued"
                } else {
                    "was queued before"
                }
            );
        }
        Command::Worker(worker) => worker::run(&url, worker).await?,
        Command::Status => {
            let database = Database::connect(&url).await?;
            for state in State::ALL {
                println!("{:>8} {}", database.count(&[state]).await?, state.as_str());
            }
        }
        Command::Run => trial::demo(&url).await?,
        Command::KillTest(test) => test.run(&url).await?,
        Command::QuotaTest(test) => test.run(&url).await?,
        Command::Throughput(test) => test.run(&url).await?,
    }
    Ok(())
}

/// Reads a JSON value from each line that is not blank.
fn rows(text: &str) -> Result<Vec<serde_json::Value>, BoxError> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let row = |(number, line)| {
        serde_json::from_str(line)
            .map_err(|error| format!("line {number} is not JSON: {error}").into())
    };
    lines.map(row).collect()
}
