//! The calls: each a builder that can be awaited, a stream, or a service.

/// Lets a call be awaited for the value of its reply.
macro_rules! awaited {
    ($call:ty => $value:ty) => {
        impl IntoFuture for $call {
            type Output = Result<$value, $crate::Error>;
            type IntoFuture = $crate::CallFuture<$value>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(async { Ok(self.reply().await?.into_value()) })
            }
        }
    };
}

mod get;
mod rows;
mod submit;
mod update;
mod follow;
mod watch;

use std::{future::Future, pin::Pin};

pub(crate) use self::{
    follow::{Follow, Next, Plan, plan_options},
    get::gets,
    submit::submits,
};
pub use self::{
    get::{Get, GetImports, GetSnapshot},
    rows::Rows,
    submit::{Submit, SubmitImports, Submitted},
    update::{Finished, Update},
    watch::{Watch, WatchCheckpoint},
};
use crate::error::Error;

/// The future of an awaited call.
///
/// ```
/// use prism_imports::{CallFuture, ImportJob, Imports};
///
/// fn get(imports: &Imports, job: &str) -> CallFuture<ImportJob> {
///     imports.get(job).into_future()
/// }
/// ```
///
/// Dropping it cancels the request that is under way and nothing on the server.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;
