//! Decides on one more attempt: the table first, then attempts, deadline, hint and budget.

use std::time::Duration;

use super::{Budget, RetryPolicy, Withdrawal};
use crate::call::{AttemptNumber, Deadline, Stop};
use crate::classify::{Reason, Verdict};

pub(super) enum Decision {
    /// The result stands.
    Stop(Option<Stop>),
    /// Wait, then try again.
    Go {
        after: Duration,
        withdrawal: Option<Withdrawal>,
        is_free: bool,
        reason: Reason,
    },
}

/// Checks a verdict against everything that forbids one more attempt. The budget comes last, since asking it uses it up.
pub(super) fn decide(
    verdict: Verdict,
    hint: Option<Duration>,
    number: AttemptNumber,
    deadline: Option<Deadline>,
    policy: &RetryPolicy,
    budget: Option<&Budget>,
) -> Decision {
    let (reason, is_free) = match verdict {
        Verdict::Accept | Verdict::Refresh(_) | Verdict::Fail(_) => return Decision::Stop(None),
        Verdict::NotReplayable(_) => return Decision::Stop(Some(Stop::NotReplayable)),
        // A byte may have been sent: once is enough.
        Verdict::RetryNow(reason @ Reason::StaleConnection) => (reason, number.free() == 0),
        Verdict::RetryNow(reason) => (reason, number.free() < FREE_REPLAYS),
        Verdict::Retry(reason) => (reason, false),
    };
    if policy.max_attempts() == 1 || (!is_free && number.counted() >= policy.max_attempts()) {
        return Decision::Stop(Some(Stop::AttemptsUsed));
    }
    let after = if is_free {
        Duration::ZERO
    } else if hint.is_some_and(|hint| hint > policy.hint_cap()) {
        return Decision::Stop(Some(Stop::HintTooLong));
    } else {
        policy
            .backoff()
            .delay(number.counted(), hint, fastrand::f64())
    };
    if deadline.is_some_and(|deadline| deadline.remaining() < after.saturating_add(USEFUL)) {
        return Decision::Stop(Some(Stop::DeadlineNear));
    }
    let withdrawal = match budget {
        Some(budget) if !is_free => match budget.withdraw() {
            Some(withdrawal) => Some(withdrawal),
            None => return Decision::Stop(Some(Stop::BudgetEmpty)),
        },
        Some(_) | None => None,
    };
    Decision::Go {
        after,
        withdrawal,
        is_free,
        reason,
    }
}

/// How many replays of one call are free. A server that gives back request after request is overloaded:
/// from then on the ordinary backoff applies.
const FREE_REPLAYS: u32 = 3;

/// The least time in which an attempt can do anything at all; one with less left would only be cut off.
const USEFUL: Duration = Duration::from_millis(10);
