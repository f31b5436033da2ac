//! Resumes an import after its process was killed: `cargo run --example resume`.
//!
//! The program starts itself as a child process. The child submits an import, watches it, and stores a checkpoint in a
//! file after each poll. The parent kills the child during the watch, reads the file and resumes: it submits nothing
//! again, and polls at most once more than an uninterrupted watch.
//!
//! The server is a sandbox in the parent process, so it survives the child, as the real server would.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use prism_imports::{
    Client, Finished, IdempotencyKey, ImportHandle, Imports, ObjectType, Submitted, Update,
    WatchCheckpoint, poller::Pace,
};
use prism_imports_sandbox::Sandbox;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The stored state of an import. An application would store it in a database column.
#[derive(Serialize, Deserialize)]
enum Stored {
    /// The submit may have been sent. Submitting again with this key starts no second import.
    Submitting(IdempotencyKey),
    /// The import was started.
    Started(ImportHandle),
    /// The import is being watched.
    Watching(Box<WatchCheckpoint>),
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut arguments = env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(base_url), Some(file)) => child(&imports(&base_url)?, Path::new(&file)).await,
        (_, _) => parent().await,
    }
}

/// Submits and watches an import, and stores each step before the next one.
async fn child(imports: &Imports, file: &Path) -> Result<(), BoxError> {
    let submit = imports.submit(ObjectType::Contact).rows(rows());
    store(file, &Stored::Submitting(submit.key().clone()))?;
    let Submitted::Started(handle) = submit.await? else {
        return Err("the sandbox is configured to start jobs".into());
    };
    store(file, &Stored::Started(handle.clone()))?;
    let mut watch = imports.watch(handle).pace(Pace::prompt());
    while let Some(update) = watch.next().await {
        let update = update?;
        if let Some(checkpoint) = watch.checkpoint() {
            store(file, &Stored::Watching(Box::new(checkpoint)))?;
        }
        if let Some(progress) = update.progress() {
            println!("{progress}");
        }
    }
    Ok(())
}

/// Starts the child, kills it during the watch, and resumes the watch.
async fn parent() -> Result<(), BoxError> {
    let sandbox = Sandbox::builder().rows_per_second(800.0).build()?;
    let server = sandbox.serve(([127, 0, 0, 1], 0).into()).await?;
    let file = Temporary::new();

    let mut child = Command::new(env::current_exe()?)
        .arg(server.base_url())
        .arg(&file.0)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child
        .stdout
        .take()
        .ok_or("the output of the child is piped")?;
    let mut lines = BufReader::new(output).lines();
    let mut polls = 0;
    while let Some(line) = lines.next_line().await? {
        println!("child: {line}");
        polls += 1;
        if polls == POLLS_OF_THE_CHILD {
            child.kill().await?;
            println!("killed the child after {polls} polls");
        }
    }
    if child.wait().await?.success() {
        return Err("the child finished before it was killed".into());
    }

    let imports = imports(&server.base_url())?;
    let end = resume(&imports, serde_json::from_slice(&fs::read(&file.0)?)?).await?;
    println!(
        "finished: {}, 1 submit and {} polls in two processes",
        end.progress(),
        server.requests() - 1,
    );
    server.shutdown().await;
    Ok(())
}

/// Continues from the stored state.
async fn resume(imports: &Imports, stored: Stored) -> Result<Finished, BoxError> {
    let mut watch = match stored {
        Stored::Submitting(key) => {
            let submit = imports.submit(ObjectType::Contact).rows(rows());
            match submit.idempotency_key(key).await? {
                Submitted::Finished(end) => return Ok(end),
                Submitted::Started(handle) => imports.watch(handle),
            }
        }
        Stored::Started(handle) => imports.watch(handle),
        Stored::Watching(checkpoint) => imports.resume(*checkpoint),
    };
    while let Some(update) = watch.next().await {
        let update = update?;
        if let Some(progress) = update.progress() {
            println!("parent: {progress}");
        }
        if let Update::Finished(end) = update {
            return Ok(end);
        }
    }
    Err("the watch ended before the import finished".into())
}

fn imports(base_url: &str) -> Result<Imports, BoxError> {
    let client = Client::builder()
        .base_url(base_url)
        .api_key("sandbox-key")
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .build()?;
    Ok(client.imports())
}

/// Returns the rows, which are the same in both processes, as the same key requires.
fn rows() -> impl Iterator<Item = Value> {
    (0..2_000).map(|n| json!({"default": {"email": format!("contact{n}@example.com")}}))
}

/// Replaces the file atomically.
fn store(file: &Path, stored: &Stored) -> Result<(), BoxError> {
    let next = file.with_extension("next");
    fs::write(&next, serde_json::to_vec(stored)?)?;
    fs::rename(&next, file)?;
    Ok(())
}

/// A file that is removed on drop.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        let name = format!("prism-imports-resume-{}.json", std::process::id());
        Self(env::temp_dir().join(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Either file may be missing.
        drop(fs::remove_file(&self.0));
        drop(fs::remove_file(self.0.with_extension("next")));
    }
}

/// The number of polls after which the child is killed: few enough to be before the end.
const POLLS_OF_THE_CHILD: u32 = 3;
