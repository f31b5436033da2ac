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

/// Prints an error and returns the exit status.
fn fail(message: &str) -> ExitCode {
    // If the standard error is closed, only the exit status reports the failure.
    writeln!(io::stderr(), "prism-imports-sandbox: {message}").ok();
    ExitCode::FAILURE
}

/// Sets up logging to the standard error with the filter in `RUST_LOG`; by default every request is logged.
fn log() -> Result<(), String> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let targets: Targets = wanted
        .parse()
        .map_err(|error| format!("RUST_LOG is invalid: {error}"))?;
    let lines = fmt::layer().with_writer(io::stderr).with_filter(targets);
    tracing_subscriber::registry().with(lines).init();
    Ok(())
}

async fn run(args: Args) -> Result<(), String> {
    if args.schema {
        return print(Scenario::SCHEMA.trim_end());
    }
    let addr = args.addr;
    let sandbox = args.build().map_err(|error| error.to_string())?;
    let server = sandbox
        .serve(addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    // The handler is installed before the address is printed, so a signal after that always ends the program cleanly.
    let stopped = stop_signal().map_err(|error| format!("cannot listen for Ctrl-C: {error}"))?;
    let url = server.base_url();
    print(&format!(
        "listening on {url}, see {url}/sandbox/, stop with Ctrl-C"
    ))?;
    stopped.await;
    info!(requests = server.requests(), "shutting down");
    server.shutdown().await;
    Ok(())
}

/// Prints a line to the standard output.
fn print(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}")
        .map_err(|error| format!("cannot write to the standard output: {error}"))
}

/// Listens for Ctrl-C and SIGTERM.
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
