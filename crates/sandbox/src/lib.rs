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
//!
//! # What goes wrong
//!
//! A [`Fault`] is a rule of what goes wrong, with which requests and how often; a [`Scenario`] is a file of settings
//! and rules, and five are ready. A client can be shown a storm of 503s, a lagging replica, a job that stalls, or an
//! answer that is lost after the job has started.
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use http_body_util::Empty;
//! use prism_imports_sandbox::{Fault, On, Sandbox};
//! use tower_service::Service;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut sandbox = Sandbox::builder()
//!     .fault(Fault::answer(503).header("retry-after", "1").on(On::Poll).times(1))
//!     .build()?;
//! let poll = || {
//!     Request::get("/v2/prism/6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11/imports/job-1")
//!         .header("x-api-key", "any")
//!         .body(Empty::<Bytes>::new())
//! };
//! assert_eq!(sandbox.call(poll()?).await?.status(), 503);
//! assert_eq!(sandbox.call(poll()?).await?.status(), 404);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Memory
//!
//! Everything that is held has a bound: jobs, their rows, records, kept answers, the last requests. To make room the
//! job that finished first is forgotten, and whoever polls it is told so. No caller's key and no row is kept: of a
//! row's values only digests are, which is all that matching rows asks for.

mod body;
mod builder;
mod clock;
mod engine;
mod fault;
mod keyed_import;
mod limit;
mod sandbox;
mod server;
mod stats;

pub use self::{
    body::{Cut, ResponseBody},
    builder::{Builder, InvalidSetting},
    clock::Clock,
    fault::{Envelope, Fault, Moment, On, Scenario, ScenarioError, Settings},
    keyed_import::KeyedImport,
    limit::{RateLimit, RetryHint},
    sandbox::{ResponseFuture, Sandbox},
    server::Server,
    stats::Stats,
};
