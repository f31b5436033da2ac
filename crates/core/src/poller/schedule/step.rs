//! What a schedule answers.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// What to do next.
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
    reason = "a caller that misses a step would hang"
)]
pub enum Step {
    /// Ask the server for the job, then hand in the answer or the fault.
    Fetch {
        /// The number of this request, from 1; the same again until it is answered.
        attempt: u32,
    },
    /// Do nothing before this offset since the watch began.
    Wait {
        /// The offset at which to ask again.
        until: Duration,
    },
    /// The job's end was seen.
    Done,
    /// The watch ended before the job.
    Stopped(StopReason),
}

/// Why a watch ended before its job.
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
    /// As many requests as the limits allow were answered.
    Requests,
    /// As many transient faults in a row as the limits name.
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
