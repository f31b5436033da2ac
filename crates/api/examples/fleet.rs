//! Polls five hundred imports in one task under one quota: `cargo run --example fleet`.
//!
//! On a terminal it draws a table of the jobs' progress; otherwise it prints one line per second. The server is a
//! sandbox in this process.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::{
    collections::HashMap,
    io::{IsTerminal, Write, stdout},
    time::Duration,
};

use prism_imports::{
    Client, Finished, ImportHandle, ObjectType, Submitted, Update, poller::Pace, transport::Quota,
};
use prism_imports_sandbox::Sandbox;
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let sandbox = Sandbox::builder().sync_below(0).rows_per_second(40.0);
    let server = sandbox.build()?.serve(([127, 0, 0, 1], 0).into()).await?;
    // Submits and polls share the quota. `Quota::published()` has the published limits.
    let quota = Quota::unlimited().with_rate(500, Duration::from_secs(1));
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key("sandbox-key")
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .quota(quota.clone())
        .build()?;

    let mut fleet = client.imports().fleet().pace(Pace::frugal());
    for handle in submit(&client).await? {
        fleet.add(handle);
    }
    let mut board = Board::new(fleet.len());
    let mut redraw = interval(if board.live { LIVE } else { PLAIN });
    loop {
        tokio::select! {
            next = fleet.next() => match next {
                Some((handle, Ok(update))) => board.update(handle, &update),
                Some((handle, Err(error))) => return Err(format!("job {}: {error}", handle.job_id()).into()),
                None => break,
            },
            _ = redraw.tick() => board.show(quota.used())?,
        }
    }
    board.show(quota.used())?;
    println!(
        "finished: {} of {JOBS} jobs, {} rows, {} requests",
        board.finished,
        board.rows,
        quota.used()
    );
    server.shutdown().await;
    Ok(())
}

/// Submits all imports concurrently. The client's quota limits the rate.
async fn submit(client: &Client) -> Result<Vec<ImportHandle>, BoxError> {
    let imports = client.imports();
    let mut submits = JoinSet::new();
    for job in 0..JOBS {
        // From half a second to four seconds of work.
        let rows = 20 + job * 7 % 140;
        let rows =
            (0..rows).map(|n| json!({"default": {"email": format!("{job}-{n}@example.com")}}));
        submits.spawn(imports.submit(ObjectType::Contact).rows(rows).into_future());
    }
    let mut handles = Vec::with_capacity(JOBS);
    while let Some(submitted) = submits.join_next().await {
        match submitted?? {
            Submitted::Started(handle) => handles.push(handle),
            Submitted::Finished(_) => return Err("the sandbox is configured to start jobs".into()),
        }
    }
    Ok(handles)
}

/// The last seen states of all jobs.
struct Board {
    jobs: usize,
    processing: HashMap<ImportHandle, (u64, u64)>,
    finished: usize,
    failed: usize,
    rows: u64,
    started: Instant,
    live: bool,
    drawn: bool,
}

impl Board {
    fn new(jobs: usize) -> Self {
        Self {
            jobs,
            processing: HashMap::new(),
            finished: 0,
            failed: 0,
            rows: 0,
            started: Instant::now(),
            live: stdout().is_terminal(),
            drawn: false,
        }
    }

    fn update(&mut self, handle: ImportHandle, update: &Update) {
        let Some(progress) = update.progress() else {
            return;
        };
        if let Some(end) = update.finished() {
            self.processing.remove(&handle);
            self.finished += 1;
            self.failed += usize::from(matches!(end, Finished::Failed(_)));
            self.rows += progress.total();
        } else {
            let processed = progress.processed().unwrap_or_default();
            self.processing
                .insert(handle, (processed, progress.total()));
        }
    }

    fn show(&mut self, requests: u64) -> std::io::Result<()> {
        let waiting = self.jobs - self.finished - self.processing.len();
        let time = self.started.elapsed().as_secs_f32();
        if !self.live {
            println!(
                "{time:4.1} s: {waiting} not polled yet, {} processing, {} finished, {requests} requests",
                self.processing.len(),
                self.finished,
            );
            return Ok(());
        }
        let (done, total) = self
            .processing
            .values()
            .fold((0, 0), |sum, job| (sum.0 + job.0, sum.1 + job.1));
        let lines = [
            ("not polled yet", waiting.to_string()),
            (
                "processing",
                format!("{} ({done} of {total} rows)", self.processing.len()),
            ),
            ("complete", (self.finished - self.failed).to_string()),
            ("failed", self.failed.to_string()),
            ("requests", format!("{requests} in {time:.1} s")),
        ];
        let mut out = stdout().lock();
        if std::mem::replace(&mut self.drawn, true) {
            // Move the cursor to the first line of the table to overwrite it.
            write!(out, "\x1b[{}A", lines.len())?;
        }
        for (name, value) in lines {
            writeln!(out, "\x1b[2K{name:>14}  {value}")?;
        }
        out.flush()
    }
}

const JOBS: usize = 500;

const LIVE: Duration = Duration::from_millis(100);

const PLAIN: Duration = Duration::from_secs(1);
