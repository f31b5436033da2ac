//! The account of one call.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use http::Response;

use crate::body::ResponseBody;

/// The account of one logical call, which every response and every error of our layers has.
///
/// # Examples
///
/// ```
/// use http::Response;
/// use prism_imports_transport::{CallReport, ResponseBody};
///
/// # let response = Response::new(ResponseBody::default());
/// if let Some(report) = CallReport::of(&response) {
///     println!("{} attempts in {:?}", report.attempts(), report.elapsed());
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CallReport {
    pub(super) attempts: u32,
    pub(super) unanswered: u32,
    pub(super) undecided: u32,
    pub(super) elapsed: Duration,
    pub(super) stop: Option<Stop>,
    pub(super) retry_after: Option<Duration>,
}

impl CallReport {
    /// Returns the account of the call that got this response.
    ///
    /// It lies in a [`ResponseBody`], and else in the response's extensions, where three allocations keep it. Layers around
    /// a [stack](crate::stack) may put another body in its place: for those added by
    /// [`StackBuilder::layer`](crate::StackBuilder::layer) it is an extension as well.
    pub fn of<B: 'static>(response: &Response<B>) -> Option<Self> {
        let body = (response.body() as &dyn Any).downcast_ref::<ResponseBody>();
        body.and_then(ResponseBody::report)
            .or_else(|| response.extensions().get().copied())
    }

    pub(crate) fn waiting(wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::default()
        }
    }

    /// Returns how many attempts went, or may have gone, on the wire.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns how many attempts may have reached the server and got no answer.
    pub const fn unanswered(&self) -> u32 {
        self.unanswered
    }

    /// Returns how many attempts left open whether the server did what was asked: those without an answer, and those
    /// before the last that were answered with anything but a refusal (3xx or 4xx), or whose answer broke off.
    ///
    /// When the last attempt is refused, the write may have happened all the same unless this is 0.
    pub const fn undecided(&self) -> u32 {
        self.undecided
    }

    /// Returns the time from the start of the call, waits included.
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns why no further attempt was made, when the last result was worth a retry.
    pub const fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// Returns how long the last answer, or the quota, asked to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// Why a result that was worth a retry was not retried.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Stop {
    /// The request may not be sent twice.
    NotReplayable,
    /// The policy's attempts are used up.
    AttemptsUsed,
    /// The budget for retries is empty.
    BudgetEmpty,
    /// The wait would have ended at or beyond the deadline.
    DeadlineNear,
    /// The server asked for a wait longer than the policy allows.
    HintTooLong,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotReplayable => "the request may not be sent twice",
            Self::AttemptsUsed => "all attempts are used",
            Self::BudgetEmpty => "the retry budget is empty",
            Self::DeadlineNear => "the deadline is too near",
            Self::HintTooLong => "the server asks for a longer wait than allowed",
        })
    }
}
