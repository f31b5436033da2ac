//! Waiting for a job to finish.

use std::{future::IntoFuture, time::Duration};

use prism_imports_core::poller::Pace;

use super::{Plan, Watch, plan_options};
use crate::{
    call::{CallFuture, Reply},
    error::Error,
    finished::Finished,
    imports::{Imports, Job},
};

/// Waits for a job to finish. Created by [`Imports::wait`]; await it.
///
/// # Errors
///
/// As for [`Watch`]. The error carries the job as it was last seen, and the handle with which to wait again.
///
/// # Cancel safety
///
/// Dropping the future cancels nothing on the server. A new call can wait for the same job.
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
    imports: Imports,
    job: Job,
    plan: Plan,
}

impl Wait {
    plan_options!();

    pub(crate) fn new(imports: Imports, job: Job) -> Self {
        Self {
            imports,
            job,
            plan: Plan::default(),
        }
    }

    /// Waits for the job to finish and returns it with the status, headers and call report of the last poll.
    ///
    /// # Errors
    ///
    /// As for the call itself.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let reply = imports.wait("b5f1").reply().await?;
    /// println!("{:?}: {}", reply.request_id(), reply.value().progress());
    /// # Ok(()) }
    /// ```
    pub async fn reply(self) -> Result<Reply<Finished>, Error> {
        let mut watch = Watch::planned(self.imports, self.job, self.plan);
        loop {
            match watch.next().await {
                Some(Ok(update)) => {
                    if let Some(Ok(end)) = update.into_job().map(Finished::try_from) {
                        return watch
                            .take_head()
                            .map(|head| head.with(end))
                            .ok_or_else(|| watch.over());
                    }
                }
                Some(Err(error)) => return Err(error),
                None => return Err(watch.over()),
            }
        }
    }
}

impl IntoFuture for Wait {
    type Output = Result<Finished, Error>;
    type IntoFuture = CallFuture<Finished>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.reply().await.map(Reply::into_value) })
    }
}
