//! A client for Prism import jobs.

mod client;
mod imports;
mod call;
mod watch;
mod submit;
mod finished;
mod handle;
mod attached;
mod error;

pub use prism_imports_core::*;
pub use prism_imports_transport as transport;

pub use self::{
    attached::Attached,
    call::{CallFuture, Get, GetSnapshot, Reply},
    client::{BuiltIn, Client, ClientBuilder, Leaf, Own},
    error::{Commit, ConfigError, Error, ErrorKind, FieldIssue, ServerError},
    finished::Finished,
    handle::ImportHandle,
    imports::Imports,
    submit::{IdempotencyKey, ObjectType, OtherType, Submit, Submitted},
    watch::{Update, Wait, Watch},
};
