//! What a poller answers.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use super::StopReason;
use crate::{Conflict, Contradiction, ImportJob};

/// What to do next.
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
    reason = "a caller that misses one would hang"
)]
pub enum Output {
    /// Ask the server for the job, then hand in what came of it.
    Fetch {
        /// The number of this request, from 1; the same again until it is answered.
        attempt: u32,
    },
    /// Do nothing before this offset since the watch began.
    Wait {
        /// The offset at which to ask again.
        until: Duration,
    },
    /// The job's end was seen: [`Poller::job`](super::Poller::job) has it.
    Done,
    /// The watch ended before the job.
    Stopped(Box<Stopped>),
}

/// What came of a look.
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
    /// The job moved, or was seen for the first time.
    Advanced,
    /// The job stands where it stood.
    Unchanged,
    /// The answer was older than the one before, and was ignored.
    Stale,
    /// The answer cannot follow the one before, and counts as a transient fault.
    Refused(Conflict),
    /// The watch was over already, and the answer was ignored.
    Late,
}

/// A watch that ended before its job: why, and the job as it was last seen.
///
/// As an error it is one line; [`source`](Error::source) is the rejection to the last answer, if there was one.
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
    /// Returns why the watch ended.
    pub fn reason(&self) -> StopReason {
        self.reason
    }

    /// Returns the job as it was last seen; `None` when it never was.
    pub fn last(&self) -> Option<&ImportJob> {
        self.last.as_ref()
    }

    /// Returns the job as it was last seen, taken out.
    pub fn into_last(self) -> Option<ImportJob> {
        self.last
    }

    /// Returns what was wrong with the last answer, when it was an answer and could not be believed.
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

/// Why an answer that was read could not be believed.
///
/// ```
/// use prism_imports_core::{ImportJob, ReadError, poller::Rejection};
///
/// let read = ImportJob::from_slice(br#"{"job_id":"j","status":"processing","total":1,"processed":2}"#);
/// let Err(ReadError::Contradiction(contradiction)) = read else { panic!() };
/// let rejection = Rejection::Contradiction(contradiction);
/// assert!(rejection.to_string().contains("processed_exceeds_total"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an answer fails by itself or by what came before it"
)]
pub enum Rejection {
    /// It contradicts itself.
    Contradiction(Contradiction),
    /// It cannot follow the look before it.
    Conflict {
        /// What speaks against it.
        conflict: Conflict,
        /// The answer.
        answer: Box<ImportJob>,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contradiction(contradiction) => contradiction.fmt(f),
            Self::Conflict { conflict, .. } => conflict.fmt(f),
        }
    }
}

impl Error for Rejection {}
