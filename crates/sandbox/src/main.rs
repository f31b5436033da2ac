//! The sandbox as a program.

mod args;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use prism_imports_sandbox::Scenario;
use tracing::info;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::args::Args;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if let Err(message) = log() {
        return fail(&message);
    }
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

/// Says why the program ends.
fn fail(message: &str) -> ExitCode {
    // A standard error that is closed leaves nowhere to say it; the exit status still does.
    writeln!(io::stderr(), "prism-imports-sandbox: {message}").ok();
    ExitCode::FAILURE
}

/// Logs to the standard error what `RUST_LOG` asks for, by default every request.
fn log() -> Result<(), String> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let targets: Targets = wanted
        .parse()
        .map_err(|error| format!("RUST_LOG cannot be understood: {error}"))?;
    let lines = fmt::layer().with_writer(io::stderr).with_filter(targets);
    tracing_subscriber::registry().with(lines).init();
    Ok(())
}

async fn run(args: Args) -> Result<(), String> {
    if args.schema {
        return say(Scenario::SCHEMA.trim_end());
    }
    let addr = args.addr;
    let sandbox = args.build().map_err(|error| error.to_string())?;
    let server = sandbox
        .serve(addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    // Listened for before anyone is told that the server is there: who then ends it ends it cleanly.
    let stopped = stop_signal().map_err(|error| format!("cannot listen for Ctrl-C: {error}"))?;
    let url = server.base_url();
    say(&format!(
        "listening on {url}, see {url}/sandbox/, end with Ctrl-C"
    ))?;
    stopped.await;
    info!(requests = server.requests(), "ending");
    server.shutdown().await;
    Ok(())
}

/// Writes a line to the standard output.
fn say(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}")
        .map_err(|error| format!("cannot write to the standard output: {error}"))
}

/// Listens for Ctrl-C, and for the signal that service managers end programs with.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
