//! Imports a file of contacts and watches the import until it finishes.
//!
//! ```text
//! cargo run --example watch                  # the contacts of this example
//! cargo run --example watch -- FILE.ndjson   # one row per line: {"default": {"email": …}}
//! ```
//!
//! The server is a sandbox in this process, on a free loopback port. If `MICRO_BASE_URL` and `MICRO_API_KEY` are set, it
//! is the server at that URL, and `MICRO_TEAM_ID` is the team.
//!
//! The exit status is 0 when the import is complete, 1 when it is not, and 2 when the file cannot be read.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints its results"
)]

use std::{env, fmt, fs, io::IsTerminal, path::PathBuf, process::ExitCode, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use prism_imports::{Client, Complete, Finished, Imports, ObjectType, Progress, Submitted, Update};
use prism_imports_sandbox::{Sandbox, Server};
use serde_json::{Map, Value};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let file = env::args_os().nth(1).map_or_else(contacts, PathBuf::from);
    let rows = match read_rows(&file) {
        Ok(rows) => rows,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    match run(rows).await {
        Ok((Finished::Complete(job), requests)) => {
            list_failed_rows(&job);
            let tally = job.tally();
            println!(
                "complete: {} rows = {} created + {} updated + {} existing + {} failed, {requests} requests",
                tally.total(),
                tally.created(),
                tally.updated(),
                tally.existing(),
                tally.failed(),
            );
            ExitCode::SUCCESS
        }
        Ok((Finished::Failed(job), _)) => {
            let error = job.error();
            let code = error.and_then(|error| error.code()).unwrap_or("unknown");
            let message = error
                .and_then(|error| error.message())
                .unwrap_or("no reason given");
            println!("failed: {code}: {message}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}", Chain(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Submits the rows and watches the import. Returns the outcome and the number of requests.
async fn run(rows: Vec<Map<String, Value>>) -> Result<(Finished, u64), BoxError> {
    let (imports, sandbox) = connect().await?;
    let submitted = imports
        .submit(ObjectType::Contact)
        .rows(rows)
        .dedupe_by("email")
        .update_existing(true)
        .reply()
        .await?;
    let mut requests = u64::from(submitted.attempts());
    let end = match submitted.into_value() {
        Submitted::Finished(end) => end,
        Submitted::Started(handle) => {
            eprintln!("started: job {}", handle.job_id());
            let mut watch = imports.watch(handle).timeout(Duration::from_secs(600));
            let mut display = Display::new();
            let mut end = None;
            while let Some(update) = watch.next().await {
                let update = update?;
                display.show(&update);
                if let Update::Finished(finished) = update {
                    end = Some(finished);
                }
            }
            requests += watch.requests();
            end.ok_or("the watch ended before the job finished")?
        }
    };
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    Ok((end, requests))
}

/// Connects to the server of the environment variables, or else starts a sandbox.
async fn connect() -> Result<(Imports, Option<Server>), BoxError> {
    let set = |name| env::var(name).is_ok_and(|value| !value.trim().is_empty());
    if set("MICRO_BASE_URL") && set("MICRO_API_KEY") {
        return Ok((Client::from_env()?.imports(), None));
    }
    let server = Sandbox::builder()
        .build()?
        .serve(([127, 0, 0, 1], 0).into())
        .await?;
    eprintln!("sandbox: {}", server.base_url());
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key("sandbox-key")
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .user_agent("watch-example")
        .build()?;
    Ok((client.imports(), Some(server)))
}

fn contacts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/data/contacts.ndjson")
}

/// Reads one JSON object per line and skips blank lines.
fn read_rows(file: &PathBuf) -> Result<Vec<Map<String, Value>>, BoxError> {
    let text = fs::read_to_string(file)?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let rows: Vec<_> = lines
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| {
                format!(
                    "line {}, column {}: not a JSON object",
                    at + 1,
                    error.column()
                )
            })
        })
        .collect::<Result<_, _>>()?;
    if rows.is_empty() {
        Err("it contains no rows".into())
    } else {
        Ok(rows)
    }
}

fn list_failed_rows(job: &Complete) {
    let mut failed = job.failed_rows();
    for row in failed.by_ref().take(SHOWN) {
        let index = row
            .index()
            .map_or_else(|| "?".to_owned(), |index| index.to_string());
        let error = row.error();
        let code = error.and_then(|error| error.code()).unwrap_or("unknown");
        let message = error.and_then(|error| error.message()).unwrap_or_default();
        println!("row {index} failed: {code}: {message}");
    }
    match failed.count() {
        0 => {}
        more => println!("and {more} more rows failed"),
    }
}

/// A progress bar on a terminal, otherwise one line per poll.
enum Display {
    Bar(ProgressBar),
    Lines,
}

impl Display {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() || !std::io::stdout().is_terminal() {
            return Self::Lines;
        }
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} rows {msg} ({elapsed})");
        let bar =
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self::Bar(bar)
    }

    fn show(&mut self, update: &Update) {
        let line = if let Update::Fault(error) = update {
            format!("retrying after: {error}")
        } else {
            update
                .progress()
                .map(|at| at.to_string())
                .unwrap_or_default()
        };
        match (self, update) {
            (Self::Bar(bar), Update::Fault(_)) => bar.println(line),
            (Self::Bar(bar), update) => {
                if let Some(progress) = update.progress() {
                    Self::move_bar(bar, progress);
                }
                if update.finished().is_some() {
                    bar.finish();
                }
            }
            (Self::Lines, _) => println!("{line}"),
        }
    }

    fn move_bar(bar: &ProgressBar, progress: Progress) {
        bar.set_length(progress.total());
        bar.set_position(progress.processed().unwrap_or_default());
        bar.set_message(
            progress
                .failed()
                .map_or_else(String::new, |failed| format!("{failed} failed")),
        );
    }
}

/// Displays an error and its sources on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// The number of failed rows that are listed.
const SHOWN: usize = 10;
