//! Measures imports per minute, and the size of the database.

use std::time::Duration;

use clap::Args;
use prism_imports_sandbox::Sandbox;
use tokio::time::Instant;

use super::Trial;
use crate::{BoxError, database::Database, quota::Limits};

#[derive(Args, Debug)]
pub(crate) struct Throughput {
    /// The number of worker processes
    #[arg(long, default_value = "2")]
    workers: usize,
    /// The number of imports
    #[arg(long, default_value = "400", value_parser = clap::value_parser!(u32).range(1..))]
    imports: u32,
    /// The rows of each import, which the sandbox carries out in a second
    #[arg(long, default_value = "200")]
    rows: u16,
}

impl Throughput {
    pub(crate) async fn run(self, url: &str) -> Result<(), BoxError> {
        let sandbox = Sandbox::builder().rows_per_second(f64::from(self.rows));
        // No limit: this measures the queue.
        let limits = Limits {
            per_second: 1_000_000,
            per_month: 1_000_000,
        };
        let mut trial = Trial::start(url, sandbox, limits).await?;
        for _ in 0..self.imports {
            trial.enqueue(self.rows).await?;
        }
        let began = Instant::now();
        let mut workers = Vec::new();
        for number in 0..self.workers {
            workers.push(trial.worker(&number.to_string(), &[])?);
        }
        let has_ended = trial.all_ended(Duration::from_mins(10)).await?;
        let seconds = began.elapsed().as_secs_f64();
        for (table, rows, bytes) in trial.database.sizes().await? {
            println!("{table}: {rows} rows, {} KiB", bytes / 1024);
        }
        println!(
            "{} workers: {} imports in {seconds:.1} s, {:.0} a minute, {:.1} requests an import",
            self.workers,
            self.imports,
            f64::from(self.imports) * 60.0 / seconds,
            f64::from(u32::try_from(trial.server.requests())?) / f64::from(self.imports),
        );
        if has_ended {
            Ok(())
        } else {
            Err("not all imports ended".into())
        }
    }
}

impl Database {
    /// Returns the rows and bytes of each table, indices included; for SQLite, the bytes of the whole file.
    async fn sizes(&self) -> Result<Vec<(&'static str, i64, i64)>, BoxError> {
        let mut sizes = Vec::new();
        match self {
            Self::Sqlite(pool) => {
                let (bytes,): (i64,) = sqlx::query_as(
                    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
                )
                .fetch_one(pool)
                .await?;
                let (rows,): (i64,) = sqlx::query_as(
                    "SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM Jobs)",
                )
                .fetch_one(pool)
                .await?;
                sizes.push(("all tables", rows, bytes));
            }
            Self::Postgres(pool) => {
                for (table, statement) in [
                    (
                        "imports",
                        "SELECT count(*), pg_total_relation_size('imports') FROM imports",
                    ),
                    (
                        "tasks",
                        "SELECT count(*), pg_total_relation_size('apalis.jobs') FROM apalis.jobs",
                    ),
                    (
                        "workers",
                        "SELECT count(*), pg_total_relation_size('apalis.workers') FROM apalis.workers",
                    ),
                ] {
                    let (rows, bytes): (i64, i64) =
                        sqlx::query_as(statement).fetch_one(pool).await?;
                    sizes.push((table, rows, bytes));
                }
            }
        }
        Ok(sizes)
    }
}
