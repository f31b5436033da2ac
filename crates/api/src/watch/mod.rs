//! Following a job to its end.

mod update;
mod checkpoint;
mod follow;
mod stream;
mod wait;

use prism_imports_core::poller::{Limits, Pace};

pub use self::{checkpoint::WatchCheckpoint, stream::Watch, update::Update, wait::Wait};
pub(crate) use self::{
    follow::{Follow, Next},
    stream::{fetch, know},
};
use crate::call::CallOptions;

/// How a watch goes about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) pace: Pace,
    pub(crate) limits: Limits,
    /// The settings of each look.
    pub(crate) call: CallOptions,
}

/// The setters of [`Plan`] on a builder that has one.
macro_rules! plan_options {
    () => {
        /// Sets how promptly the end is to be seen, against how few requests; [`Pace::balanced`] by default.
        pub fn pace(mut self, pace: Pace) -> Self {
            self.plan.pace = pace;
            self
        }

        /// Sets the time after which the watch gives up. The job goes on, and can be watched again.
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.plan.limits = self.plan.limits.with_deadline(timeout);
            self
        }

        /// Sets how many looks the watch may take; no limit by default. A look that is retried is one look.
        pub fn max_polls(mut self, polls: u32) -> Self {
            self.plan.limits = self.plan.limits.with_requests(polls);
            self
        }

        /// Sets how many looks in a row may fail before the watch gives up; 5 by default.
        pub fn max_faults(mut self, faults: u32) -> Self {
            self.plan.limits = self.plan.limits.with_faults(faults);
            self
        }

        /// Sets the time that one attempt at a look may take, headers and body.
        pub fn attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
            self.plan.call.attempt_timeout = Some(attempt_timeout);
            self
        }

        /// Sets how each look is retried before it counts as failed.
        pub fn retry(mut self, policy: prism_imports_transport::RetryPolicy) -> Self {
            self.plan.call.rare().retry = Some(policy);
            self
        }

        /// Adds a header to every request of the watch.
        pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
            self.plan.call.rare().headers.append(name, value);
            self
        }

        /// Adds an extension to every request of the watch, for layers of yours.
        pub fn extension<T: Clone + Send + Sync + 'static>(mut self, extension: T) -> Self {
            self.plan.call.rare().extensions.insert(extension);
            self
        }
    };
}

pub(crate) use plan_options;
