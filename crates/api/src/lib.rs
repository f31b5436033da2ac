//! A client for Prism import jobs: submit rows, watch the import, get the outcome of every row.
//!
//! A job is submitted once and polled until it is finished; the server deletes it after 7 days. Requests are
//! scarce, so a [watch](Imports::watch) makes few of them. Rows must not be imported twice, so a
//! [submit](Imports::submit) carries a key, and its error says whether the import exists.
//!
//! ```no_run
//! use prism_imports::{Client, Finished, ObjectType, Submitted};
//! use serde_json::json;
//!
//! # async fn import() -> Result<(), Box<dyn std::error::Error>> {
//! let imports = Client::from_env()?.imports();
//! let rows = [json!({"default": {"email": "ada@example.com"}})];
//! let end = match imports.submit(ObjectType::Contact).rows(rows).await? {
//!     Submitted::Finished(end) => end,
//!     Submitted::Started(handle) => imports.wait(handle).await?,
//! };
//! if let Finished::Complete(job) = end {
//!     println!("{} rows failed", job.failed_rows().count());
//! }
//! # Ok(()) }
//! ```
//!
//! # Your own layers
//!
//! - [`ClientBuilder::layer`] puts any tower layer around calls; it sees each call once.
//! - [`ClientBuilder::attempt_layer`] puts it around attempts, just above the HTTP service.
//! - [`ClientBuilder::http_service`] takes another HTTP service in place of the default client.
//! - [`Imports::gets`] and [`Imports::submits`] are tower services of typed calls, and [`Imports::over`] polls through them.
//!
//! # What is retried
//!
//! A poll is repeated after temporary faults. A submit is repeated only under its key, with the same bytes;
//! without [keyed retries](Submit::keyed_retries) only if it surely did not reach the server. The rules are a table in
//! [`transport::classify`].
//!
//! # Telemetry
//!
//! With the feature `tracing`, each call is a span, and a watch is one span for all its polls, which are inside it:
//!
//! | | level | fields |
//! |---|---|---|
//! | span `prism.call`, whose `otel.name` is `submit import`, `get import`, `watch import` or `read rows` | INFO | `prism.team.id`, `prism.job.id`, `prism.job.status` of a finished job, `error.type`, `otel.status_code` |
//! | spans `http.call` and `http.attempt` inside it | INFO | see [`transport::telemetry`] |
//! | event `call failed` | WARN | `error.type`, `prism.job.id`, `http.response.status_code`, `request_id`, `attempts`, `commit` |
//! | event `prism.step` of a watch or of rows | DEBUG | `result`, `error.type`, `http.response.status_code`, `request_id`, `wait_ms` |
//! | events `http.retry`, `http.quota_wait` | DEBUG | see [`transport::telemetry`] |
//!
//! `error.type` is the [name](ErrorKind::as_str) of the error's kind, and `result` that of the [`Update`]. A call that failed is one
//! line at the default level and its span is an error; a call that succeeded has no line, whatever it took. Nothing that is recorded
//! has a key, a row, a URL, a message of the server, or a header other than its `x-request-id`. A span of a watch begins with its first
//! poll, also in a [`Fleet`]; its parent is the span that the polling task is in. The typed services have a span
//! too, unless the call or the watch that goes through them has one.
//!
//! Metrics, with or without the feature: [`ClientBuilder::observer`].
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `http1` | yes | HTTP/1.1 for the HTTP client; without it and `http2` there is no client |
//! | `http2` | yes | HTTP/2 for the HTTP client |
//! | `rustls-ring` | yes | https, with the cryptography of ring |
//! | `rustls-aws-lc-rs` | no | https, with the cryptography of aws-lc-rs, also if `rustls-ring` is on |
//! | `proxy` | yes | proxies: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, or one that is set |
//! | `webpki-roots` | no | Mozilla's root certificates, trusted besides the platform's and your own |
//! | `gzip` | no | responses compressed with gzip |
//! | `tracing` | no | spans of calls, watches and attempts, and a line for each call that failed |
//!
//! Each compiles alone. With neither `rustls-ring` nor `rustls-aws-lc-rs` the client speaks plain http only.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod ids;
mod error;
mod http;
mod requests;
mod client;
mod session;
mod telemetry;
mod calls;
mod fleet;
mod imports;

pub use prism_imports_core::*;
pub use prism_imports_transport as transport;
pub use prism_imports_transport::{Credentials, Phase, Quota, RetryPolicy};

pub use self::{
    calls::{
        CallFuture, Finished, Get, GetImports, GetSnapshot, Rows, Submit, SubmitImports, Submitted,
        Update, Watch, WatchCheckpoint,
    },
    client::{Client, ClientBuilder},
    error::{Commit, ConfigError, Error, ErrorKind, FieldIssue, ServerError},
    fleet::Fleet,
    http::Reply,
    ids::{HandleError, IdempotencyKey, ImportHandle, IntoHandle, ObjectType, OtherType},
    imports::Imports,
    requests::{GetImport, SubmitImport},
};

/// Compiles the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
