//! The outputs of a schedule.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// What the caller has to do next.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::{Schedule, Step};
///
/// fn describe(schedule: &mut Schedule, now: Duration) -> String {
///     match schedule.poll_output(now) {
///         Step::Fetch { attempt } => format!("request {attempt} is due"),
///         Step::Wait { until } => format!("nothing to do for {:?}", until - now),
///         Step::Done => "the end was seen".into(),
///         Step::Stopped(reason) => format!("given up: {reason}"),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller that ignores a variant would hang"
)]
pub enum Step {
    /// Request the job from the server, then pass the answer or the fault to the schedule.
    Fetch {
        /// The number of this request, from 1. It does not change until the request is answered.
        attempt: u32,
    },
    /// Wait until this offset since the watch began.
    Wait {
        /// The offset at which to call `poll_output` again.
        until: Duration,
    },
    /// The job is finished.
    Done,
    /// The watch ended before the job finished.
    Stopped(StopReason),
}

/// The reason why a watch ended before its job finished.
///
/// ```
/// use prism_imports_core::poller::StopReason;
///
/// assert_eq!(StopReason::Timeout.to_string(), "the watch timed out");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StopReason {
    /// The timeout of the limits elapsed.
    #[serde(rename = "Deadline")]
    Timeout,
    /// The maximum number of requests was reached.
    Requests,
    /// The maximum number of consecutive transient faults was reached.
    Faults,
    /// The server no longer keeps the job.
    Expired,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the watch timed out",
            Self::Requests => "the watch used up its requests",
            Self::Faults => "too many transient faults in a row",
            Self::Expired => "the server no longer keeps the job",
        })
    }
}
