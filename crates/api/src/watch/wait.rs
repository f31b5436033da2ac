//! A watch that only its end is wanted of.

use std::{future::IntoFuture, time::Duration};

use prism_imports_core::poller::Pace;

use super::{Plan, Watch, plan_options};
use crate::{
    call::CallFuture,
    error::Error,
    finished::Finished,
    imports::{Imports, Job},
};

/// A watch that only its end is wanted of. Made by [`Imports::wait`]; await it.
///
/// # Errors
///
/// As for [`Watch`]. The error carries the last look and the handle to wait again with.
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
/// let end = imports.wait("b5f1").pace(Pace::frugal()).deadline(Duration::from_secs(3600)).await?;
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

    async fn finish(self) -> Result<Finished, Error> {
        let mut watch = Watch::planned(self.imports, self.job, self.plan);
        loop {
            match watch.next().await {
                Some(Ok(update)) => {
                    if let Some(Ok(end)) = update.into_job().map(Finished::try_from) {
                        return Ok(end);
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
        Box::pin(self.finish())
    }
}
