//! The report of one call.

use std::fmt;
use std::time::Duration;

use http::{Response, StatusCode};

/// What one call consisted of. Every response and every error of our layers carries it.
///
/// The default is the report of a call that handed nothing over.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct CallReport {
    /// How many requests were given to the HTTP service.
    pub attempts: u32,
    /// How many requests may have reached the server and got no answer.
    pub unanswered: u32,
    /// How many requests the server may have carried out: those without an answer, and those answered
    /// with anything but a [refusal](Self::is_refusal). A write that failed was surely not carried out if this is 0.
    pub unrefused: u32,
    /// How many requests were answered with a success, whatever the call's result is: the body of the answer may
    /// have been lost, or a layer may have given another result.
    pub accepted: u32,
    /// How far the call got, over all its requests.
    pub phase: Phase,
    /// The time from the start of the call, waits included.
    pub elapsed: Duration,
    /// Why no further attempt was made, if the last result was worth a retry.
    pub stop: Option<Stop>,
    /// How long the last response, or the quota, asked to wait.
    pub retry_after: Option<Duration>,
}

impl CallReport {
    /// Returns the report of the call that got this response: a response extension.
    pub fn of<B>(response: &Response<B>) -> Option<Self> {
        response.extensions().get().copied()
    }

    /// Returns `true` if a server that answers with this status surely did not do what was asked: 4xx, 307 and 308.
    ///
    /// Some of them are no proof: 408 and 499 end a wait for a server that may go on, 425 asks for the same request
    /// again, and a 409 may stand for the request itself, sent once before. Other redirects may lead to the result.
    pub fn is_refusal(status: StatusCode) -> bool {
        match status.as_u16() {
            307 | 308 => true,
            408 | 409 | 425 | 499 => false,
            _ => status.is_client_error(),
        }
    }
}

/// How far a request got.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller who decides whether a write happened must see every case"
)]
pub enum Phase {
    /// Surely no server has seen it.
    #[default]
    NotSent,
    /// It may have reached the server; no answer came.
    MaybeSent,
    /// The server began to answer.
    Answered,
}

/// Why a result that was worth a retry was not retried.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Stop {
    /// The request must not be sent twice.
    NotReplayable,
    /// The policy's attempts are used up.
    AttemptsUsed,
    /// The retry budget is empty.
    BudgetEmpty,
    /// The wait would have ended at or after the deadline.
    DeadlineNear,
    /// The server asked for a wait longer than the policy allows.
    HintTooLong,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotReplayable => "the request must not be sent twice",
            Self::AttemptsUsed => "all attempts are used",
            Self::BudgetEmpty => "the retry budget is empty",
            Self::DeadlineNear => "the deadline is too near",
            Self::HintTooLong => "the server asks for a longer wait than allowed",
        })
    }
}
