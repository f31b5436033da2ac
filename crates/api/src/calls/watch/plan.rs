//! The settings of a watch.

use std::time::Duration;

use prism_imports_core::poller::{Limits, Pace};

use crate::http::CallOptions;

/// The settings of a watch: those that were set. Of a watch that is resumed the others are those it was stored with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) pace: Option<Pace>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_polls: Option<u32>,
    pub(crate) max_faults: Option<u32>,
    /// The settings of each poll.
    pub(crate) call: CallOptions,
}

impl Plan {
    /// Returns limits with those that were set in place of the given ones.
    pub(super) fn limits(&self, mut limits: Limits) -> Limits {
        if let Some(timeout) = self.timeout {
            limits = limits.with_timeout(timeout);
        }
        if let Some(polls) = self.max_polls {
            limits = limits.with_requests(polls);
        }
        if let Some(faults) = self.max_faults {
            limits = limits.with_faults(faults);
        }
        limits
    }
}

/// The setters of [`Plan`] on a type that has one, and a method `replan` that applies it to what is running.
macro_rules! plan_options {
    () => {
        /// Sets the pace: how promptly the end is seen, against how few requests. [`Pace::balanced`](prism_imports_core::poller::Pace::balanced) by default.
        pub fn pace(mut self, pace: prism_imports_core::poller::Pace) -> Self {
            self.plan.pace = Some(pace);
            self.replan()
        }

        /// Sets how long the watch may take, in all. The job goes on, and can be watched again.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.plan.timeout = Some(timeout);
            self.replan()
        }

        /// Sets the most polls that the watch may make; no limit by default. A poll that is retried is one poll.
        pub fn max_polls(mut self, polls: u32) -> Self {
            self.plan.max_polls = Some(polls);
            self.replan()
        }

        /// Sets how many polls in a row may fail before the watch gives up; 5 by default.
        pub fn max_faults(mut self, faults: u32) -> Self {
            self.plan.max_faults = Some(faults);
            self.replan()
        }

        $crate::http::attempt_options!(plan.call);
    };
}

pub(crate) use plan_options;
