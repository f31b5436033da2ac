//! A local server that implements the API of Prism import jobs.
//!
//! Use it to test an import pipeline without an account. Small imports finish in the response, and large ones run in
//! the background and progress over time. Rows create, match and update records or are rejected, and invalid requests
//! get the errors of the real server. All ids are derived from a seed, and the time is read from a [`Clock`].
//!
//! Three ways to use it:
//!
//! - **on a socket**: [`Sandbox::serve`] listens on an address and returns a [`Server`], which stops it;
//! - **in the process**: a [`Sandbox`] is a tower `Service` and replaces an HTTP client without a socket;
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
//! # Faults
//!
//! A [`Fault`] is a rule that injects a fault into certain requests. A [`Scenario`] is a file of settings and rules; five
//! scenarios are predefined. They simulate, for example, a storm of 503s, a lagging replica, a job that stalls, and an
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
//! # Sloppy servers
//!
//! [`Sloppy`] lists the details that real servers get wrong although they are right about the job: counters that lag,
//! two clocks, results that come late, a replica that does not know the job yet. A test that runs against each of them
//! shows that an application copes.
//!
//! ```
//! use prism_imports_sandbox::{Fault, Sandbox, Sloppy};
//!
//! let sandbox = Sandbox::builder().fault(Fault::sloppy(Sloppy::LateResults)).build()?;
//! # drop(sandbox);
//! # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
//! ```
//!
//! # Memory
//!
//! Memory is bounded: there are limits on jobs, their rows, records, stored answers and logged requests. At the limit,
//! the job that finished first is evicted, and its polls are answered with `job_evicted`. API keys and rows are not
//! stored; matching of rows uses digests of their values.

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
    fault::{Envelope, Fault, Moment, On, Scenario, ScenarioError, Settings, Sloppy},
    keyed_import::KeyedImport,
    limit::{RateLimit, RetryHint},
    sandbox::{ResponseFuture, Sandbox},
    server::Server,
    stats::Stats,
};

/// Compiles the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
