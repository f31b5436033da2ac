//! Judges what an attempt came to: asks the table, then attempts, deadline, hint and budget.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::{RetryPolicy, Withdrawal, hint};
use crate::call::{AttemptNumber, Call, Deadline, Stop};
use crate::classify::{Outcome, Reason, Verdict, classify};
use crate::error::{Error, Phase};
use crate::replay::Replay;
use crate::telemetry::RetryPlanned;

/// What decides on the attempts of one call.
#[derive(Debug)]
pub(super) struct Replayer {
    policy: RetryPolicy,
    replay: Replay,
    deadline: Option<Deadline>,
    number: AttemptNumber,
}

impl Replayer {
    /// Begins with the first attempt of a request, whose own policy replaces the layer's.
    pub(super) fn new<B: 'static>(request: &Request<B>, policy: &RetryPolicy) -> Self {
        Self {
            policy: request.extensions().get().unwrap_or(policy).clone(),
            replay: Replay::of(request),
            deadline: Deadline::of(request),
            number: AttemptNumber::FIRST,
        }
    }

    pub(super) const fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// Returns the number of the attempt under way, or of the one that is waited for.
    pub(super) const fn number(&self) -> AttemptNumber {
        self.number
    }

    /// Judges the end of an attempt: the wait before the next one, or `None` when the result stands.
    pub(super) fn judge<C>(
        &mut self,
        result: &Result<Response<C>, Error>,
        call: &Call,
    ) -> Option<Wait> {
        let (outcome, phase, hint) = match result {
            Ok(response) => (
                Outcome::of_head(response.status(), response.headers()),
                Phase::Answered,
                hint(response.headers(), SystemTime::now),
            ),
            Err(error) => (Outcome::of_error(error), error.phase(), error.retry_after()),
        };
        let verdict = classify(self.replay, outcome);
        call.note_attempt(self.number.get(), phase);
        match decide(verdict, hint, self.number, self.deadline, &self.policy) {
            Decision::Stop(stop) => {
                if stop.is_some() || hint.is_some() {
                    call.stop(stop, hint);
                }
                None
            }
            Decision::Go {
                after,
                payment,
                free,
                reason,
            } => {
                if leaves_doubt(result) {
                    call.doubt();
                }
                call.plan_retry(&RetryPlanned {
                    attempt: self.number.get(),
                    reason,
                    after,
                });
                self.number = self.number.next(free);
                call.hold();
                Some(Wait::new(after, payment))
            }
        }
    }
}

enum Decision {
    Stop(Option<Stop>),
    Go {
        after: Duration,
        payment: Option<Withdrawal>,
        free: bool,
        reason: Reason,
    },
}

/// Holds a verdict against everything that may speak against one more attempt; the budget comes last, because
/// it is the only one that is used up by asking.
fn decide(
    verdict: Verdict,
    hint: Option<Duration>,
    number: AttemptNumber,
    deadline: Option<Deadline>,
    policy: &RetryPolicy,
) -> Decision {
    let (reason, free) = match verdict {
        Verdict::Accept | Verdict::Refresh(_) | Verdict::Fail(_) => return Decision::Stop(None),
        Verdict::NotReplayable(_) => return Decision::Stop(Some(Stop::NotReplayable)),
        // A byte may have gone out, so that once is enough.
        Verdict::RetryNow(reason @ Reason::StaleConnection) => (reason, number.free() == 0),
        Verdict::RetryNow(reason) => (reason, number.free() < FREE_REPLAYS),
        Verdict::Retry(reason) => (reason, false),
    };
    if policy.max_attempts() == 1 || (!free && number.counted() >= policy.max_attempts()) {
        return Decision::Stop(Some(Stop::AttemptsUsed));
    }
    let after = if free {
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
    let payment = match policy.budget() {
        Some(budget) if !free => match budget.withdraw() {
            Some(payment) => Some(payment),
            None => return Decision::Stop(Some(Stop::BudgetEmpty)),
        },
        Some(_) | None => None,
    };
    Decision::Go {
        after,
        payment,
        free,
        reason,
    }
}

/// Returns whether an answer leaves open that the server did what was asked: all but a refusal do. Attempts without
/// an answer are counted where they end.
fn leaves_doubt<C>(result: &Result<Response<C>, Error>) -> bool {
    match result {
        Ok(response) => {
            let status = response.status();
            !status.is_client_error() && !status.is_redirection()
        }
        Err(error) => error.phase() == Phase::Answered,
    }
}

pin_project! {
    /// The wait before the next attempt; it ends with what pays for that one. Dropped before, it gives the payment back.
    #[derive(Debug)]
    pub(super) struct Wait {
        #[pin]
        sleep: Option<Sleep>,
        payment: Option<Withdrawal>,
    }
}

impl Wait {
    fn new(after: Duration, payment: Option<Withdrawal>) -> Self {
        Self {
            sleep: (!after.is_zero()).then(|| tokio::time::sleep(after)),
            payment,
        }
    }
}

impl Future for Wait {
    type Output = Option<Withdrawal>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Withdrawal>> {
        let this = self.project();
        if let Some(sleep) = this.sleep.as_pin_mut() {
            ready!(sleep.poll(cx));
        }
        Poll::Ready(this.payment.take())
    }
}

/// How many replays of one call cost nothing. A server that gives back request after request is overloaded:
/// from then on the ordinary backoff applies.
const FREE_REPLAYS: u32 = 3;

/// The least time in which an attempt can do anything at all; one with less left would only be cut off.
const USEFUL: Duration = Duration::from_millis(10);
