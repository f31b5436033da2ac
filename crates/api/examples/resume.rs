//! A process that dies in the middle of an import, and another that goes on: `cargo run --example resume`.
//!
//! The program starts itself a second time. That child submits an import, watches it, and after every look stores
//! where it stands in a file. In the middle of the watch it is killed, with no time to say good-bye. Then the
//! parent reads the file and goes on: no second submit, and at most one look more than an unbroken watch.
//!
//! The server is a sandbox within the parent, so it outlives the child as the real one would.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use prism_imports::{
    Client, Finished, IdempotencyKey, ImportHandle, Imports, ObjectType, Submitted,
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

/// What is stored, ever further on: an application would keep it in a column of its database.
#[derive(Serialize, Deserialize)]
enum Stored {
    /// A submit that may have been sent. With this key it can be sent again, and happens once.
    Submitting(IdempotencyKey),
    /// The import was started.
    Started(ImportHandle),
    /// It is watched, and was last seen like this.
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

/// Submits, watches, and stores every step before the next one.
async fn child(imports: &Imports, file: &Path) -> Result<(), BoxError> {
    let submit = imports.submit(ObjectType::Contact).rows(rows());
    store(file, &Stored::Submitting(submit.key().clone()))?;
    let Submitted::Started(handle) = submit.await? else {
        return Err("the sandbox is set to finish later".into());
    };
    store(file, &Stored::Started(handle.clone()))?;
    let mut watch = imports.attach(handle).watch().pace(Pace::prompt());
    while let Some(update) = watch.next().await {
        let update = update?;
        if let Some(checkpoint) = watch.checkpoint() {
            store(file, &Stored::Watching(Box::new(checkpoint)))?;
        }
        if let Some(job) = update.job() {
            println!("{}", job.progress());
        }
    }
    Ok(())
}

/// Starts the child, kills it in the middle, and goes on in its place.
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
    let output = child.stdout.take().ok_or("the child's output is piped")?;
    let mut lines = BufReader::new(output).lines();
    let mut looks = 0;
    while let Some(line) = lines.next_line().await? {
        println!("child: {line}");
        looks += 1;
        if looks == LOOKS_OF_THE_CHILD {
            child.kill().await?;
            println!("killed the child after {looks} looks");
        }
    }
    if child.wait().await?.success() {
        return Err("the child finished before it was killed".into());
    }

    let imports = imports(&server.base_url())?;
    let end = go_on(&imports, serde_json::from_slice(&fs::read(&file.0)?)?).await?;
    println!(
        "finished: {}, 1 submit and {} looks in two processes",
        end.progress(),
        server.requests() - 1,
    );
    server.shutdown().await;
    Ok(())
}

/// Goes on from whatever was stored last.
async fn go_on(imports: &Imports, stored: Stored) -> Result<Finished, BoxError> {
    let mut watch = match stored {
        Stored::Submitting(key) => {
            let submit = imports.submit(ObjectType::Contact).rows(rows());
            match submit.idempotency_key(key).await? {
                Submitted::Finished(end) => return Ok(end),
                Submitted::Started(handle) => imports.attach(handle).watch(),
            }
        }
        Stored::Started(handle) => imports.attach(handle).watch(),
        Stored::Watching(checkpoint) => imports.resume(*checkpoint),
    };
    while let Some(update) = watch.next().await {
        let job = update?.into_job();
        if let Some(job) = job {
            println!("parent: {}", job.progress());
            if let Ok(end) = Finished::try_from(job) {
                return Ok(end);
            }
        }
    }
    Err("the watch ended without the import's end".into())
}

fn imports(base_url: &str) -> Result<Imports, BoxError> {
    let client = Client::builder()
        .base_url(base_url)
        .api_key("sandbox-key")
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .build()?;
    Ok(client.imports())
}

/// The same rows in both processes, as the same key asks for.
fn rows() -> impl Iterator<Item = Value> {
    (0..2_000).map(|n| json!({"default": {"email": format!("contact{n}@example.com")}}))
}

/// Replaces the file in one step, so that a reader sees the old state or the new one and nothing in between.
fn store(file: &Path, stored: &Stored) -> Result<(), BoxError> {
    let next = file.with_extension("next");
    fs::write(&next, serde_json::to_vec(stored)?)?;
    fs::rename(&next, file)?;
    Ok(())
}

/// A file that goes with the program.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        let name = format!("prism-imports-resume-{}.json", std::process::id());
        Self(env::temp_dir().join(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // The file and its successor may both be gone, and then nothing is left to do.
        drop(fs::remove_file(&self.0));
        drop(fs::remove_file(self.0.with_extension("next")));
    }
}

/// Enough to be in the middle of the watch.
const LOOKS_OF_THE_CHILD: u32 = 3;
