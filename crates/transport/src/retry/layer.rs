//! The layer that sends again, and its decision: the table first, then attempts, deadline, hint and budget.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{Request, Response};

use super::budget::Payment;
use super::{Budget, RetryPolicy, retry_after};
use crate::call::{AttemptNumber, CallContext, Deadline, Replay, Stop};
use crate::classify::{Outcome, Reason, Verdict, classify};
use crate::error::Error;
use crate::service::{Inner, Middleware, layer, ready};
#[cfg(feature = "tracing")]
use crate::telemetry::span;
use crate::telemetry::{Observer, Observers, RetryPlanned};

/// Sends a request again if that is safe and useful.
///
/// All services of one layer, and of its clones, pay their retries from one [`Budget`]. The body of a request must be
/// cloneable, since every attempt sends it anew. Cancel safety: dropping the future ends the call; a retry that was paid for
/// but not sent goes back to the budget.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct RetryLayer {
    policy: RetryPolicy,
    budget: Option<Budget>,
    pub(crate) observers: Observers,
}

impl RetryLayer {
    /// Makes a layer with a policy and the default budget.
    pub fn new(policy: RetryPolicy) -> Self {
        Self {
            policy,
            budget: Some(Budget::default()),
            observers: Observers::default(),
        }
    }

    /// Sets the budget that retries are paid from; clones of it share it. `None` makes retries free.
    ///
    /// Requests with a policy of their own are paid from it too.
    pub fn with_budget(mut self, budget: Option<Budget>) -> Self {
        self.budget = budget;
        self
    }

    /// Reports each retry to an observer.
    pub fn with_observer(mut self, observer: impl Observer) -> Self {
        self.observers = Observers::of(observer);
        self
    }

    /// Returns the budget.
    pub const fn budget(&self) -> Option<&Budget> {
        self.budget.as_ref()
    }

    /// Returns the policy.
    pub const fn policy(&self) -> &RetryPolicy {
        &self.policy
    }
}

impl Default for RetryLayer {
    fn default() -> Self {
        Self::new(RetryPolicy::default())
    }
}

layer!(RetryLayer);

impl<S: Inner<B>, B: Clone + Send> Middleware<S, B> for RetryLayer {
    type Body = S::Body;

    const WAITS: bool = false;

    async fn send(
        self: Arc<Self>,
        call: CallContext,
        mut inner: S,
        request: Request<B>,
    ) -> Result<Response<S::Body>, Error> {
        let policy = *request.extensions().get().unwrap_or(&self.policy);
        let replay = Replay::of(&request);
        let deadline = Deadline::of(&request);
        if let Some(budget) = &self.budget {
            budget.deposit();
        }
        let mut number = AttemptNumber::FIRST;
        let mut payment = None;
        loop {
            let result = match ready(&mut inner).await {
                Ok(()) => call.pass_on(&mut inner, copy(&request, number)).await,
                Err(error) => Err(error),
            };
            // The retry is paid for if its request left, and given back otherwise.
            drop(payment);
            let (outcome, hint) = read(&result);
            let verdict = classify(replay, outcome);
            let next = decide(verdict, hint, number, deadline, &policy)
                .and_then(|next| Ok((self.pay(&next, &call)?, next)));
            let next = match next {
                Ok((paid, next)) => {
                    payment = paid;
                    next
                }
                Err(stop) => {
                    call.set_stop(stop, hint);
                    return result;
                }
            };
            drop(result);
            let Next { planned, is_free } = next;
            #[cfg(feature = "tracing")]
            span::retry_event(&planned);
            self.observers
                .notify(|observer| observer.on_retry(&planned));
            number = number.next(is_free);
            if !planned.after.is_zero() {
                tokio::time::sleep(planned.after).await;
            }
        }
    }
}

impl RetryLayer {
    /// Pays for the next attempt. The budget is asked last, since asking it uses it up.
    fn pay(&self, next: &Next, call: &CallContext) -> Result<Option<Payment>, Option<Stop>> {
        match &self.budget {
            Some(budget) if !next.is_free => {
                let paid = budget.withdraw(call);
                paid.map(Some).ok_or(Some(Stop::BudgetEmpty))
            }
            Some(_) | None => Ok(None),
        }
    }
}

/// Copies a request for one attempt.
fn copy<B: Clone>(request: &Request<B>, number: AttemptNumber) -> Request<B> {
    let mut copy = request.clone();
    copy.extensions_mut().insert(number);
    copy
}

fn read<C>(result: &Result<Response<C>, Error>) -> (Outcome, Option<Duration>) {
    match result {
        Ok(response) => (
            Outcome::of_head(response.status(), response.headers()),
            retry_after(response.headers(), SystemTime::now()),
        ),
        Err(error) => (Outcome::of_error(error), error.retry_after()),
    }
}

/// The next attempt.
struct Next {
    planned: RetryPlanned,
    is_free: bool,
}

/// Checks a verdict against everything that forbids one more attempt, except the budget.
///
/// # Errors
///
/// The result stands. Returns the reason if the result was worth a retry.
fn decide(
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
    let planned = RetryPlanned {
        attempt: number.get(),
        reason,
        after,
    };
    Ok(Next { planned, is_free })
}

/// How many replays of one call are free. A server that gives back request after request is overloaded:
/// from then on the ordinary backoff applies.
const FREE_REPLAYS: u32 = 3;

/// The least time in which an attempt can do anything at all; one with less left would only be cut off.
const USEFUL: Duration = Duration::from_millis(10);
