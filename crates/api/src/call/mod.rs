//! Calls, each a builder that can be awaited.

mod options;
mod answer;
mod reply;
mod get;

use std::{future::Future, pin::Pin};

pub(crate) use self::{
    answer::Answer,
    get::GET,
    options::{CallOptions, call_options},
};
pub use self::{
    get::{Get, GetSnapshot},
    reply::Reply,
};
use crate::error::Error;

/// The future of an awaited call.
///
/// ```
/// use prism_imports::{CallFuture, ImportJob, Imports};
///
/// fn fetch(imports: &Imports, job: &str) -> CallFuture<ImportJob> {
///     imports.get(job).into_future()
/// }
/// ```
///
/// Dropping it cancels the request in flight. It cancels nothing on the server.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;
