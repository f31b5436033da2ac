//! Decides on one more attempt: the table first, then attempts, deadline, hint and budget.

use std::time::Duration;

use super::RetryPolicy;
use crate::call::{AttemptNumber, Deadline, Stop};
use crate::classify::{Reason, Verdict};

/// The next attempt.
pub(super) struct Next {
    pub(super) after: Duration,
    pub(super) is_free: bool,
    pub(super) reason: Reason,
}

/// Checks a verdict against everything that forbids one more attempt, except the budget.
///
/// # Errors
///
/// The result stands. Returns the reason if the result was worth a retry.
pub(super) fn decide(
    verdict: Verdict,
    hint: Option<Duration>,
    number: AttemptNumber,
    deadline: Option<Deadline>,
    policy: &RetryPolicy,
) -> Result<Next, Option<Stop>> {
    let (reason, is_free) = match verdict {
        Verdict::Accept | Verdict::Refresh(_) | Verdict::Fail(_) => return Err(None),
        Verdict::NotReplayable(_) => return Err(Some(Stop::NotReplayable)),
        // A byte may have been sent: once is enough.
        Verdict::RetryNow(reason @ Reason::StaleConnection) => (reason, number.free() == 0),
        Verdict::RetryNow(reason) => (reason, number.free() < FREE_REPLAYS),
        Verdict::Retry(reason) => (reason, false),
    };
    if policy.max_attempts() == 1 || (!is_free && number.counted() >= policy.max_attempts()) {
        return Err(Some(Stop::AttemptsUsed));
    }
    let after = if is_free {
        Duration::ZERO
    } else if hint.is_some_and(|hint| hint > policy.hint_cap()) {
        return Err(Some(Stop::HintTooLong));
    } else {
        let backoff = policy.backoff();
        backoff.delay(number.counted(), hint, fastrand::f64())
    };
    if deadline.is_some_and(|deadline| deadline.remaining() < after.saturating_add(USEFUL)) {
        return Err(Some(Stop::DeadlineNear));
    }
    Ok(Next {
        after,
        is_free,
        reason,
    })
}

/// How many replays of one call are free. A server that gives back request after request is overloaded:
/// from then on the ordinary backoff applies.
const FREE_REPLAYS: u32 = 3;

/// The least time in which an attempt can do anything at all; one with less left would only be cut off.
const USEFUL: Duration = Duration::from_millis(10);
