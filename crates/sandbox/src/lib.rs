//! A local server that speaks the contract of Prism import jobs.
//!
//! Point a client at it and try an import pipeline without an account: submits that finish at once or go on in
//! the background, progress that moves with time, rows that are created, matched, updated and rejected, and the
//! refusals of the real service. Its records, jobs and ids come from a seed, its time from a [`Clock`].
//!
//! Three ways to use it:
//!
//! - **on a socket**: [`Sandbox::serve`] listens on an address and gives back a [`Server`] to stop it;
//! - **in the process**: a [`Sandbox`] is a tower `Service`, so it stands in for an HTTP client with no socket;
//! - **as a program**: `prism-imports-sandbox --addr 127.0.0.1:4010`.
//!
//! ```
//! use prism_imports_sandbox::Sandbox;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let sandbox = Sandbox::builder().rows_per_second(1_000.0).seed(7).build()?;
//! let server = sandbox.serve("127.0.0.1:0".parse()?).await?;
//! assert!(server.base_url().starts_with("http://127.0.0.1:"));
//! // … run a client against server.base_url() …
//! assert_eq!(server.requests(), 0);
//! server.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod body;
mod builder;
mod clock;
mod engine;
mod fault;
mod limit;
mod sandbox;
mod server;
mod stats;

pub use self::{
    body::{Cut, ResponseBody},
    builder::{Builder, InvalidSetting},
    clock::Clock,
    fault::{Envelope, Fault, Moment, On, Scenario, ScenarioError, Settings},
    limit::{RateLimit, RetryHint},
    sandbox::{ResponseFuture, Sandbox},
    server::Server,
    stats::Stats,
};
