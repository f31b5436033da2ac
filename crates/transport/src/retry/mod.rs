//! Sends a request again when that is safe and useful.
//!
//! tower's `Retry` has no way to wait for a server's hint, and its exponential backoff gives every clone of a policy the
//! same delays; its budget rounds the ratio. So this layer has its own loop.
//!
//! Whether a request may be sent again is a property of the request: [`Replay`]. Which results are worth
//! another attempt is one table: [`classify`](mod@crate::classify). How often and how soon is a [`RetryPolicy`].
//!
//! Put the layer outside whatever each attempt should meet anew (timeouts, quotas, credentials) and inside the
//! [deadline](crate::DeadlineLayer). It reads heads only: outside an [`AttemptLayer`](crate::AttemptLayer) the bodies
//! of retried responses have been read, and their connections are used again.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::retry::{Backoff, Budget, RetryLayer, RetryPolicy};
//! use prism_imports_transport::{HttpClient, RequestBody};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # async fn example() -> Result<(), prism_imports_transport::BoxError> {
//! let policy = RetryPolicy::default()
//!     .with_max_attempts(5)
//!     .with_backoff(Backoff::new(Duration::from_millis(200), Duration::from_secs(2)))
//!     .with_hint_cap(Duration::from_secs(30));
//! let service = ServiceBuilder::new()
//!     .layer(RetryLayer::new(policy).with_budget(Budget::new(0.2, 10)))
//!     .service(HttpClient::new()?);
//! let request = http::Request::get("https://api.example/").body(RequestBody::default())?;
//! let response = service.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```

mod budget;
mod hint;
mod policy;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Request;

pub use self::budget::Budget;
use self::budget::Payment;
pub use self::hint::retry_after;
use self::policy::Planned;
pub use self::policy::{Backoff, RetryPolicy};
use crate::call::{AttemptNumber, CallContext, Deadline, Replay, Stop, UrlTemplate};
use crate::classify::classify;
use crate::service::{Inner, Middleware, Next, Sent, layer};
use crate::telemetry::{self, RetryPlanned};

/// Sends a request again if that is safe and useful.
///
/// All services of one layer, and of its clones, pay their retries from one [`Budget`]. The body of a request must be
/// cloneable, since every attempt sends it anew. Cancel safety: dropping the future ends the call; a retry that was paid for
/// but not sent goes back to the budget.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct RetryLayer {
    policy: RetryPolicy,
    budget: Budget,
}

impl RetryLayer {
    /// Makes a layer with a policy and the default budget.
    pub fn new(policy: RetryPolicy) -> Self {
        let budget = Budget::default();
        Self { policy, budget }
    }

    /// Sets the budget that retries are paid from; clones of it share it.
    ///
    /// Requests with a policy of their own are paid from it too.
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Returns the budget.
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }
}

layer!(RetryLayer);

impl<S: Inner<B>, B: Clone + Send> Middleware<S, B> for RetryLayer {
    type Body = S::Body;

    const WAITS: bool = false;

    async fn send(self: Arc<Self>, mut next: Next<S>, request: Request<B>) -> Sent<S::Body> {
        let policy = *request.extensions().get().unwrap_or(&self.policy);
        let replay = Replay::of(&request);
        let deadline = Deadline::of(&request);
        self.budget.deposit();
        let mut number = AttemptNumber::FIRST;
        let mut payment = None;
        loop {
            let mut attempt = request.clone();
            attempt.extensions_mut().insert(number);
            let result = next.send(attempt).await;
            // The retry is paid for if its request left, and given back otherwise.
            drop(payment);
            let hint = hint(&result);
            let decided = policy.decide(classify(replay, &result), hint, number, deadline);
            let paid = decided.and_then(|planned| Ok((self.pay(&planned, &next.call)?, planned)));
            let planned = match paid {
                Ok((paid, planned)) => {
                    payment = paid;
                    planned
                }
                Err(stop) => {
                    next.call.set_stop(stop, hint);
                    return result;
                }
            };
            drop(result);
            let retry = RetryPlanned {
                method: request.method(),
                template: UrlTemplate::of(&request),
                attempt: number.get(),
                reason: planned.reason,
                after: planned.after,
            };
            telemetry::retry(&next.call, &retry);
            number = number.next(planned.is_free);
            if !planned.after.is_zero() {
                tokio::time::sleep(planned.after).await;
            }
        }
    }
}

impl RetryLayer {
    /// Pays for the next attempt. The budget is asked last, since asking it uses it up.
    fn pay(&self, next: &Planned, call: &CallContext) -> Result<Option<Payment>, Option<Stop>> {
        if next.is_free {
            return Ok(None);
        }
        let paid = self.budget.withdraw(call).ok_or(Stop::BudgetEmpty)?;
        Ok(Some(paid))
    }
}

/// Returns how long the server, or the quota, asks to wait.
fn hint<C>(result: &Sent<C>) -> Option<Duration> {
    match result {
        Ok(response) => retry_after(response.headers(), SystemTime::now()),
        Err(error) => error.report().retry_after,
    }
}

#[cfg(test)]
mod tests;
