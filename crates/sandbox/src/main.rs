//! The sandbox as a program.

mod args;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use prism_imports_sandbox::Scenario;
use tracing::info;
use tracing_subscriber::EnvFilter;

use crate::args::Args;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // A standard error that is closed leaves nowhere to say it; the exit status still does.
            writeln!(io::stderr(), "prism-imports-sandbox: {message}").ok();
            ExitCode::FAILURE
        }
    }
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
    let url = server.base_url();
    say(&format!(
        "listening on {url}, see {url}/sandbox/, end with Ctrl-C"
    ))?;
    stopped()
        .await
        .map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    info!(requests = server.requests(), "ending");
    server.shutdown().await;
    Ok(())
}

/// Writes a line to the standard output.
fn say(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}")
        .map_err(|error| format!("cannot write to the standard output: {error}"))
}

/// Waits for Ctrl-C, or for the signal that service managers end programs with.
#[cfg(unix)]
async fn stopped() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn stopped() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
