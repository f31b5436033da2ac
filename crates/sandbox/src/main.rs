//! The sandbox as a program.

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use clap::Parser;
use prism_imports_sandbox::Sandbox;
use tracing::info;
use tracing_subscriber::EnvFilter;

/// Serves the contract of Prism import jobs on a local address, until Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "prism-imports-sandbox", version)]
struct Args {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4010")]
    addr: SocketAddr,
    /// How many rows of a job are imported in a second
    #[arg(long, value_name = "NUMBER", default_value_t = 500.0)]
    rows_per_second: f64,
    /// Imports of fewer rows finish in the response, others become a job to poll
    #[arg(long, value_name = "ROWS", default_value_t = 100)]
    sync_below: usize,
    /// The one key that is valid, any other is answered with 403; without this any key is valid
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// The seed of every id: the same seed and requests give the same answers
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // A standard error that is closed leaves nowhere to say it; the exit status still does.
            writeln!(io::stderr(), "prism-imports-sandbox: {message}").ok();
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let mut builder = Sandbox::builder()
        .rows_per_second(args.rows_per_second)
        .sync_below(args.sync_below)
        .seed(args.seed);
    if let Some(key) = args.api_key {
        builder = builder.api_key(key);
    }
    let sandbox = builder.build().map_err(|error| error.to_string())?;
    let server = sandbox
        .serve(args.addr)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", args.addr))?;
    writeln!(
        io::stdout(),
        "listening on {}, end with Ctrl-C",
        server.base_url()
    )
    .map_err(|error| format!("cannot write to the standard output: {error}"))?;
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    info!("ending after {} requests", server.requests());
    server.shutdown().await;
    Ok(())
}
