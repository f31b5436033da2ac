//! A client for Prism import jobs: submit rows, follow the import, account for every row.
//!
//! A job is submitted once, polled until it is finished, and deleted by the server after 7 days. Requests are limited,
//! so a [watch](Imports::watch) polls only as often as its [pace](poller::Pace) requires. A
//! [submit](Imports::submit) carries an idempotency key, and its error reports whether the import may have started.
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
//! # Custom layers
//!
//! - [`ClientBuilder::layer`] wraps each call and sees it once, however many attempts it takes.
//! - [`ClientBuilder::attempt_layer`] wraps each attempt, directly above the HTTP service.
//! - [`ClientBuilder::http_service`] replaces the default HTTP client with a custom service.
//!
//! # Retries
//!
//! A status request is retried after transient faults. A submit is retried with the same key and the same bytes. With
//! [keyed retries](Submit::keyed_retries) disabled, it is retried only if no attempt can have reached the server. The
//! table in [`transport::classify`] lists the rules.

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
    client::{Client, ClientBuilder, CustomHttp, DefaultHttp, IntoHttpService},
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

/// The README's examples, compiled as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
