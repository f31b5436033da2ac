//! The program: settings, signals, and a server of import jobs if there is no account.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use axum_example::{Importer, Store, serve};
use clap::Parser;
use prism_imports::{Client, Imports, Quota};
use prism_imports_sandbox::Sandbox;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Imports rows, shows the progress in a browser, and loses no import in a restart.
///
/// `MICRO_API_KEY` and `MICRO_TEAM_ID` select the account, and `MICRO_BASE_URL` another server. Without a key the
/// service runs against a sandbox in its own process.
#[derive(Parser)]
struct Settings {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The database [default: imports.sqlite; with a sandbox: in memory].
    #[arg(long)]
    database: Option<PathBuf>,
    /// Runs against a sandbox also if there is a key.
    #[arg(long)]
    sandbox: bool,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let filter = EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_unset| EnvFilter::new("info,prism_imports_sandbox=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let settings = Settings::parse();
    let key = std::env::var("MICRO_API_KEY").unwrap_or_default();
    let is_sandbox = settings.sandbox || key.trim().is_empty();
    let (imports, database) = if is_sandbox {
        // The jobs of a sandbox end with the process, so there is nothing to go on with.
        (sandbox()?, ":memory:")
    } else {
        (account()?, "imports.sqlite")
    };
    let store = Store::open(&settings.database.unwrap_or_else(|| database.into()))?;
    let importer = Importer::new(imports, store);
    importer.resume().await?;
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    tracing::info!("listening on http://{address}, stop with Ctrl-C");
    serve(listener, importer, signal()).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Returns the imports of the account that the environment names.
fn account() -> Result<Imports, BoxError> {
    let quota = Quota::unlimited().with_rate(10, Duration::from_secs(1));
    let client = Client::builder().user_agent("axum-example").quota(quota);
    Ok(client.build()?.imports())
}

/// Returns the imports of a sandbox that takes its time, so that there is progress to be seen.
fn sandbox() -> Result<Imports, BoxError> {
    tracing::info!("running against a sandbox: nothing is sent to a real server");
    let sandbox = Sandbox::builder()
        .rows_per_second(50.0)
        .sync_below(20)
        .build()?;
    let client = Client::builder().http_service(sandbox);
    let client = client.api_key("sandbox-key").team_id(SANDBOX_TEAM);
    Ok(client.build()?.imports())
}

/// Waits for Ctrl-C, or for the signal by which services are stopped.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

const SANDBOX_TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";
