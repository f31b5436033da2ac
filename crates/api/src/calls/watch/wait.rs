//! Waiting for the end of a job.

use std::future::IntoFuture;

use super::{Plan, Watch, plan_options};
use crate::{
    calls::CallFuture,
    error::Error,
    finished::Finished,
    http::Reply,
    session::{Session, Target},
};

/// Waits for a job to finish. Made by [`Imports::wait`](crate::Imports::wait); await it.
///
/// # Errors
///
/// As for [`Watch`]. The error carries the last snapshot, and the handle to wait again with.
///
/// # Cancel safety
///
/// Dropping the future cancels nothing on the server; the job can be waited for again.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// use std::time::Duration;
/// use prism_imports::{Finished, poller::Pace};
///
/// let end = imports.wait("b5f1").pace(Pace::frugal()).timeout(Duration::from_secs(3600)).await?;
/// if let Finished::Complete(job) = end {
///     println!("{} rows failed", job.failed_rows().count());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until it is awaited"]
pub struct Wait {
    session: Session,
    target: Target,
    plan: Plan,
}

impl Wait {
    plan_options!();

    pub(crate) fn new(session: Session, target: Target) -> Self {
        Self {
            session,
            target,
            plan: Plan::default(),
        }
    }

    /// Waits for the end, and returns the head of the last response too.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn reply(self) -> Result<Reply<Finished>, Error> {
        Watch::new(self.session, self.target, self.plan).run().await
    }

    /// Nothing is running yet.
    fn replan(self) -> Self {
        self
    }
}

impl IntoFuture for Wait {
    type Output = Result<Finished, Error>;
    type IntoFuture = CallFuture<Finished>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.reply().await.map(Reply::into_value) })
    }
}
