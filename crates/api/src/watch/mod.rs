//! Polling of a job until it finishes.

mod update;
mod checkpoint;
mod follow;
mod stream;
mod wait;

use prism_imports_core::poller::{Limits, Pace};

pub use self::{checkpoint::WatchCheckpoint, stream::Watch, update::Update, wait::Wait};
pub(crate) use self::{
    follow::{Follow, Next},
    stream::{fetch, with_job_context},
};
use crate::call::CallOptions;

/// The settings of a watch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) pace: Pace,
    pub(crate) limits: Limits,
    /// The settings of each poll.
    pub(crate) call: CallOptions,
}

/// Defines the setters of [`Plan`] on a builder.
macro_rules! plan_options {
    () => {
        /// Sets the pace, a trade-off between delay and number of requests; [`Pace::balanced`] by default.
        pub fn pace(mut self, pace: Pace) -> Self {
            self.plan.pace = pace;
            self
        }

        /// Sets the timeout of the whole watch. The job itself continues and can be watched again.
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.plan.limits = self.plan.limits.with_timeout(timeout);
            self
        }

        /// Sets the maximum number of polls; unlimited by default. A poll that is retried counts once.
        pub fn max_polls(mut self, polls: u32) -> Self {
            self.plan.limits = self.plan.limits.with_requests(polls);
            self
        }

        /// Sets the number of consecutive failed polls after which the watch gives up; 5 by default.
        pub fn max_faults(mut self, faults: u32) -> Self {
            self.plan.limits = self.plan.limits.with_faults(faults);
            self
        }

        /// Sets the timeout of one attempt of a poll, headers and body included.
        pub fn attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
            self.plan.call.attempt_timeout = Some(attempt_timeout);
            self
        }

        /// Sets the retry policy of each poll.
        pub fn retry(mut self, policy: prism_imports_transport::RetryPolicy) -> Self {
            self.plan.call.rare().retry = Some(policy);
            self
        }

        /// Adds a header to every request of the watch.
        pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
            self.plan.call.rare().headers.append(name, value);
            self
        }

        /// Adds an extension to every request of the watch, for custom layers.
        pub fn extension<T: Clone + Send + Sync + 'static>(mut self, extension: T) -> Self {
            self.plan.call.rare().extensions.insert(extension);
            self
        }
    };
}

pub(crate) use plan_options;
