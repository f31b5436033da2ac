//! A client for Prism import jobs: submit rows, follow the import, account for every row.
//!
//! A job is submitted once, polled until it is finished, and forgotten by its server after 7 days. Requests are
//! scarce, so a [watch](Imports::watch) chooses its looks with care; rows are precious, so a
//! [submit](Imports::submit) carries a key and an error says what became of it.
//!
//! ```no_run
//! use prism_imports::{Client, Finished, ObjectType, Submitted};
//! use serde_json::json;
//!
//! # async fn import() -> Result<(), Box<dyn std::error::Error>> {
//! let imports = Client::from_env()?.imports();
//! let rows = [json!({"default": {"email": "ada@example.com"}})];
//! let end = match imports.submit(ObjectType::Contact).rows(rows).send().await? {
//!     Submitted::Finished(end) => end,
//!     Submitted::Started(handle) => imports.attach(handle).wait().await?,
//! };
//! if let Finished::Complete(job) = end {
//!     println!("{} rows failed", job.failed_rows().count());
//! }
//! # Ok(()) }
//! ```
//!
//! # Where your own layers go
//!
//! - [`ClientBuilder::layer`] goes around every call and sees it once.
//! - [`ClientBuilder::attempt_layer`] goes around every attempt, just above the HTTP service.
//! - [`ClientBuilder::http_service`] takes your own HTTP service in place of the built-in one.
//!
//! # What is retried
//!
//! A look at a job is repeated on faults that pass. A submit is repeated under its key only, with the same bytes;
//! without [keyed retries](Submit::keyed_retries) only when it surely reached nobody. The rules are a table in
//! [`transport::classify`].

mod client;
mod imports;
mod call;
mod watch;
mod fleet;
mod rows;
mod submit;
mod service;
mod finished;
mod handle;
mod attached;
mod percent;
mod error;

pub use prism_imports_core::*;
pub use prism_imports_transport as transport;
pub use prism_imports_transport::{Credentials, Phase, Quota, RetryPolicy};

pub use self::{
    attached::Attached,
    call::{CallFuture, Get, GetSnapshot, Reply},
    client::{BuiltIn, Client, ClientBuilder, Leaf, Own},
    error::{Commit, ConfigError, Error, ErrorKind, FieldIssue, ServerError},
    finished::Finished,
    fleet::{Fleet, FleetCheckpoint},
    handle::{HandleError, ImportHandle},
    imports::Imports,
    rows::Rows,
    service::{GetImport, ImportService},
    submit::{IdempotencyKey, ObjectType, OtherType, Submit, SubmitImport, Submitted},
    watch::{Update, Wait, Watch, WatchCheckpoint},
};

/// The README's programs, compiled with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
