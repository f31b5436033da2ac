//! Our policy in tower's loop: asks the table, then attempts, deadline, hint and budget.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::budget::Withdrawal;
use super::{RetryPolicy, retry_after};
use crate::call::{AttemptNumber, Call, Deadline, Stop};
use crate::classify::{Outcome, Verdict, classify};
use crate::error::Error;
use crate::replay::Replay;

/// The policy. It holds no state of a call: that travels in the request's extensions, so that a clone of the
/// policy is never a clone of somebody's progress.
#[derive(Clone, Debug)]
pub(super) struct Replayer {
    policy: RetryPolicy,
}

impl Replayer {
    pub(super) const fn new(policy: RetryPolicy) -> Self {
        Self { policy }
    }

    fn policy_of<'a, B>(&'a self, request: &'a Request<B>) -> &'a RetryPolicy {
        request
            .extensions()
            .get::<RetryPolicy>()
            .unwrap_or(&self.policy)
    }
}

impl<B, C> tower::retry::Policy<Request<B>, Response<C>, Error> for Replayer
where
    B: Clone,
{
    type Future = Wait;

    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }

    fn retry(
        &mut self,
        request: &mut Request<B>,
        result: &mut Result<Response<C>, Error>,
    ) -> Option<Wait> {
        let (outcome, hint) = match result {
            Ok(response) => (
                Outcome::of_head(response.status(), response.headers()),
                retry_after(response.headers(), SystemTime::now()),
            ),
            Err(error) => (Outcome::of_error(error), error.retry_after()),
        };
        let verdict = classify(Replay::of(request), outcome);
        let decision = decide(
            verdict,
            hint,
            self.policy_of(request),
            request,
            Instant::now(),
        );
        let number = number_of(request);
        if let Some(call) = Call::find(request.extensions()) {
            call.at_least(number.get());
            match &decision {
                Decision::Stop(stop) => call.stop(*stop, hint),
                Decision::Go { .. } => call.hold(),
            }
        }
        match decision {
            Decision::Stop(_) => None,
            Decision::Go { after, payment } => {
                request
                    .extensions_mut()
                    .insert(number.next(payment.is_none() && after.is_zero()));
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
    },
}

fn decide<B>(
    verdict: Verdict,
    hint: Option<Duration>,
    policy: &RetryPolicy,
    request: &Request<B>,
    now: Instant,
) -> Decision {
    let number = number_of(request);
    let free = match verdict {
        Verdict::Accept | Verdict::Refresh(_) | Verdict::Fail(_) => return Decision::Stop(None),
        Verdict::NotReplayable(_) => return Decision::Stop(Some(Stop::NotReplayable)),
        Verdict::RetryNow(_) => number.free() < FREE_REPLAYS,
        Verdict::Retry(_) => false,
    };
    if policy.max_attempts() == 1 || (!free && number.counted() >= policy.max_attempts()) {
        return Decision::Stop(Some(Stop::AttemptsUsed));
    }
    let after = if free {
        Duration::ZERO
    } else {
        if hint.is_some_and(|hint| hint > policy.hint_cap()) {
            return Decision::Stop(Some(Stop::HintTooLong));
        }
        policy
            .backoff()
            .delay(number.counted(), hint, fastrand::f64())
    };
    if let Some(deadline) = request.extensions().get::<Deadline>() {
        let useful = after.saturating_add(USEFUL);
        if now
            .checked_add(useful)
            .is_none_or(|end| end > deadline.tokio_instant())
        {
            return Decision::Stop(Some(Stop::DeadlineNear));
        }
    }
    let payment = match policy.budget() {
        Some(budget) if !free => match budget.withdraw() {
            Some(payment) => Some(payment),
            None => return Decision::Stop(Some(Stop::BudgetEmpty)),
        },
        Some(_) | None => None,
    };
    Decision::Go { after, payment }
}

fn number_of<B>(request: &Request<B>) -> AttemptNumber {
    request
        .extensions()
        .get::<AttemptNumber>()
        .copied()
        .unwrap_or(AttemptNumber::FIRST)
}

pin_project! {
    /// The wait before the next attempt.
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
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let Some(sleep) = this.sleep.as_pin_mut() {
            ready!(sleep.poll(cx));
        }
        if let Some(payment) = this.payment.take() {
            payment.spend();
        }
        Poll::Ready(())
    }
}

/// How many replays of one call cost nothing. A server that gives back request after request is overloaded:
/// from then on the ordinary backoff applies.
const FREE_REPLAYS: u32 = 1;

/// The least time in which an attempt can do anything at all; one with less left would only be cut off.
const USEFUL: Duration = Duration::from_millis(10);
