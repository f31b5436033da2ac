//! Trials against a sandbox: this process has the sandbox, and starts the workers as processes that it can kill.

mod check;
mod kill;
mod quota;
mod throughput;

use std::{env, process::Stdio, time::Duration};

use prism_imports::IdempotencyKey;
use prism_imports_sandbox::{Builder, Sandbox, Server};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

pub(crate) use self::{kill::KillTest, quota::QuotaTest, throughput::Throughput};
use crate::{
    BoxError,
    database::Database,
    quota::Limits,
    store::{NewImport, State},
};

/// A sandbox, a database with its tables, and the imports that were stored.
struct Trial {
    server: Server,
    url: String,
    database: Database,
    imports: Vec<Import>,
    /// Sets the ids and addresses of this trial apart from those of others in the same database.
    name: String,
    /// Holds the database if it is SQLite.
    _directory: TempDir,
}

/// An import as it was stored.
struct Import {
    id: String,
    key: IdempotencyKey,
    rows: u16,
}

impl Trial {
    /// Uses the given database if it is PostgreSQL, and otherwise a new one that is removed at the end.
    async fn start(url: &str, sandbox: Builder, limits: Limits) -> Result<Self, BoxError> {
        let directory = tempfile::tempdir()?;
        let url = if url.starts_with("postgres") {
            url.to_owned()
        } else {
            format!("sqlite://{}/queue.sqlite", directory.path().display())
        };
        let database = Database::connect(&url).await?;
        database.create_tables().await?;
        database.set_limits(limits).await?;
        Ok(Self {
            server: sandbox.build()?.serve(([127, 0, 0, 1], 0).into()).await?,
            url,
            database,
            imports: Vec::new(),
            name: IdempotencyKey::mint().to_string(),
            _directory: directory,
        })
    }

    fn sandbox(&self) -> &Sandbox {
        self.server.sandbox()
    }

    /// Stores an import of records that no other import has.
    async fn enqueue(&mut self, rows: u16) -> Result<(), BoxError> {
        let id = format!("{}-{}", self.name, self.imports.len());
        let records = (0..rows).map(|n| json!({"default": {"email": format!("{n}@{id}.example")}}));
        let records = records.collect::<serde_json::Value>().to_string();
        let key = IdempotencyKey::mint();
        let import = NewImport {
            id: &id,
            object_type: "contact",
            rows: &records,
            key: &key,
        };
        if !self.database.enqueue(&import).await? {
            return Err("an import with this id is stored".into());
        }
        self.imports.push(Import { id, key, rows });
        Ok(())
    }

    /// Starts a worker process with short intervals.
    fn worker(&self, name: &str, arguments: &[&str]) -> Result<Child, BoxError> {
        let child = Command::new(env::current_exe()?)
            .args(["worker", "--query-ms", "100", "--heartbeat", "1"])
            .args(arguments)
            .args(["--name", &format!("{}-{name}", self.name)])
            .env("DATABASE_URL", &self.url)
            .env("MICRO_BASE_URL", self.server.base_url())
            .env("MICRO_API_KEY", "sandbox-key")
            .env("MICRO_TEAM_ID", "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }

    /// Waits until all imports ended; `false` if they did not in time.
    async fn all_ended(&self, limit: Duration) -> Result<bool, BoxError> {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            let open = [State::Queued, State::Submitting, State::Started];
            if self.database.count(&open).await? == 0 {
                return Ok(true);
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(false)
    }
}

/// Runs a few imports with two workers, and prints how they end.
pub(crate) async fn demo(url: &str) -> Result<(), BoxError> {
    let limits = Limits {
        per_second: 10,
        per_month: 1_000,
    };
    let sandbox = Sandbox::builder().rows_per_second(200.0);
    let mut trial = Trial::start(url, sandbox, limits).await?;
    for _ in 0..10 {
        trial.enqueue(400).await?;
    }
    let started = Instant::now();
    let _workers = [trial.worker("1", &[])?, trial.worker("2", &[])?];
    let has_ended = trial.all_ended(Duration::from_mins(1)).await?;
    for state in State::ENDED {
        println!(
            "{:>4} {}",
            trial.database.count(&[state]).await?,
            state.as_str()
        );
    }
    println!(
        "finished: {} imports in {:.1} s, {} requests of 2 processes",
        trial.imports.len(),
        started.elapsed().as_secs_f64(),
        trial.server.requests(),
    );
    if has_ended {
        Ok(())
    } else {
        Err("not all imports ended".into())
    }
}
