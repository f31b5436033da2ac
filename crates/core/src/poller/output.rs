//! The outputs of a poller.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Conflict, Contradiction, ImportJob};

/// What the caller has to do next.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::{Limits, Output, Pace, Poller};
///
/// let mut poller = Poller::new(Pace::balanced(), Limits::default().with_requests(0), 7);
/// let Output::Stopped(stopped) = poller.poll_output(Duration::ZERO) else { unreachable!() };
/// assert_eq!(stopped.to_string(), "the watch used up its requests, and the job was never seen");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller that ignores a variant would hang"
)]
pub enum Output {
    /// Request the job from the server, then pass the result to the poller.
    Fetch {
        /// The number of this request, from 1. It does not change until the request is answered.
        attempt: u32,
    },
    /// Wait until this offset since the watch began.
    Wait {
        /// The offset at which to call `poll_output` again.
        until: Duration,
    },
    /// The job is finished; [`Poller::job`](super::Poller::job) returns it.
    Done,
    /// The watch ended before the job finished.
    Stopped(Box<Stopped>),
}

/// The effect of a snapshot on the poller.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::{ImportJob, poller::{Limits, Pace, Poller, Seen}};
///
/// let job = ImportJob::from_slice(br#"{"job_id":"j-1","status":"processing","total":9}"#)?;
/// let mut poller = Poller::new(Pace::balanced(), Limits::default(), 7);
/// assert_eq!(poller.handle_snapshot(Duration::ZERO, job.clone(), None), Seen::Advanced);
/// assert_eq!(poller.handle_snapshot(Duration::from_secs(1), job, None), Seen::Unchanged);
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Seen {
    /// The job advanced, or this is its first snapshot.
    Advanced,
    /// The job did not change.
    Unchanged,
    /// The answer was older than the one before and was ignored.
    Stale,
    /// The answer conflicts with the one before and counts as a fault.
    Refused(Conflict),
    /// The watch was already over, and the answer was ignored.
    Late,
}

/// The reason why a watch ended before its job finished.
///
/// ```
/// use prism_imports_core::poller::StopReason;
///
/// assert_eq!(StopReason::Timeout.to_string(), "the watch timed out");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The timeout of the limits elapsed.
    Timeout,
    /// The maximum number of requests was reached.
    Requests,
    /// The maximum number of consecutive faults was reached, and the last poll failed.
    Faults,
    /// The maximum number of consecutive faults was reached, and the last answer contradicts itself or an earlier one.
    Rejected,
    /// The server does not know the job, which was never seen.
    NotFound,
    /// The server no longer knows the job, which had not expired.
    Gone,
    /// The job has expired, by the server's clock.
    Expired,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the watch timed out",
            Self::Requests => "the watch used up its requests",
            Self::Faults => "too many transient faults in a row",
            Self::Rejected => "the answers of the server cannot be true",
            Self::NotFound => "the server does not know the job",
            Self::Gone => "the server no longer knows the job",
            Self::Expired => "the server no longer keeps the job",
        })
    }
}

/// The reason why a watch ended before its job finished, with the latest snapshot of the job.
///
/// `Display` prints one line. [`source`](Error::source) returns the rejection of the last answer, if there is one.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::{ImportJob, poller::{Limits, Output, Pace, Poller, StopReason}};
///
/// let body = br#"{"job_id":"j-1","status":"processing","total":9,"processed":4}"#;
/// let limits = Limits::default().with_requests(1);
/// let mut poller = Poller::new(Pace::balanced(), limits, 7);
/// poller.poll_output(Duration::ZERO);
/// poller.handle_snapshot(Duration::ZERO, ImportJob::from_slice(body)?, None);
///
/// let Output::Stopped(stopped) = poller.poll_output(Duration::ZERO) else { unreachable!() };
/// assert_eq!(stopped.reason(), StopReason::Requests);
/// assert_eq!(stopped.last().unwrap().progress().processed(), Some(4));
/// assert_eq!(stopped.to_string(), "the watch used up its requests, and the job was last seen at 4 of 9 rows");
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    pub(super) reason: StopReason,
    pub(super) last: Option<ImportJob>,
    pub(super) rejection: Option<Arc<Rejection>>,
}

impl Stopped {
    /// Returns the reason why the watch ended.
    pub fn reason(&self) -> StopReason {
        self.reason
    }

    /// Returns the latest snapshot of the job; `None` if there is none.
    pub fn last(&self) -> Option<&ImportJob> {
        self.last.as_ref()
    }

    /// Consumes the value and returns the latest snapshot of the job.
    pub fn into_last(self) -> Option<ImportJob> {
        self.last
    }

    /// Returns the rejection of the last answer; `None` if the last request got no answer or a valid one.
    pub fn rejection(&self) -> Option<&Rejection> {
        self.rejection.as_deref()
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, and the job was ", self.reason)?;
        match &self.last {
            Some(job) => write!(f, "last seen at {}", job.progress()),
            None => f.write_str("never seen"),
        }
    }
}

impl Error for Stopped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.rejection()? {
            Rejection::Contradiction(contradiction) => Some(contradiction),
            conflict @ Rejection::Conflict { .. } => Some(conflict),
        }
    }
}

/// Why a decoded answer was rejected.
///
/// ```
/// use prism_imports_core::{ImportJob, ReadError, poller::Rejection};
///
/// let read = ImportJob::from_slice(br#"{"job_id":"j","status":"complete","total":1,"processed":2}"#);
/// let Err(ReadError::Contradiction(contradiction)) = read else { panic!() };
/// let rejection = Rejection::Contradiction(contradiction);
/// assert!(rejection.to_string().contains("processed_exceeds_total"));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an answer contradicts itself or an earlier one"
)]
pub enum Rejection {
    /// The answer contradicts itself.
    #[error("{0}")]
    Contradiction(Contradiction),
    /// The answer conflicts with the snapshot before it.
    #[error("{conflict}")]
    Conflict {
        /// The kind of conflict.
        conflict: Conflict,
        /// The rejected answer.
        answer: Box<ImportJob>,
    },
}
