//! The retrying service.

use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use tower_service::Service;

use super::decision::{Decision, decide};
use super::{RetryLayer, retry_after};
use crate::call::{AttemptNumber, CallContext, Deadline};
use crate::classify::{Outcome, classify};
use crate::error::{BoxError, Error};
use crate::replay::Replay;
use crate::service::{ResponseFuture, take_ready};
use crate::telemetry::{RetryPlanned, retry_event};

/// A service that sends a request again if that is safe and useful.
///
/// Made by [`RetryLayer`]. The body of the request must be cloneable, since every attempt sends it anew. Cancel safety:
/// dropping the future ends the call; a retry that was paid for but not sent goes back to the budget.
#[derive(Clone, Debug)]
pub struct Retry<S> {
    inner: S,
    settings: RetryLayer,
}

impl<S> Retry<S> {
    pub(super) const fn new(inner: S, settings: RetryLayer) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, C> Service<Request<B>> for Retry<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Clone + Send + 'static,
    C: Send + 'static,
{
    type Response = Response<C>;
    type Error = BoxError;
    type Future = ResponseFuture<C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<C> {
        let call = CallContext::join(&mut request);
        let settings = self.settings.clone();
        let mut inner = take_ready(&mut self.inner);
        Box::pin(async move {
            let result = settings.send(&call, &mut inner, request).await;
            call.finish(result)
        })
    }
}

impl RetryLayer {
    async fn send<S, B, C>(
        &self,
        call: &CallContext,
        inner: &mut S,
        request: Request<B>,
    ) -> Result<Response<C>, Error>
    where
        S: Service<Request<B>, Response = Response<C>>,
        S::Error: Into<BoxError>,
        B: Clone,
    {
        let policy = *request.extensions().get().unwrap_or(&self.policy);
        let replay = Replay::of(&request);
        let deadline = Deadline::of(&request);
        if let Some(budget) = &self.budget {
            budget.deposit();
        }
        let mut number = AttemptNumber::FIRST;
        let mut payment = None;
        loop {
            let mut attempt = request.clone();
            attempt.extensions_mut().insert(number);
            let result = call.pass_on(inner, attempt).await;
            // The retry is paid for if its request left, and given back otherwise.
            drop(payment);
            let (outcome, hint) = read(&result);
            let verdict = classify(replay, outcome);
            let budget = self.budget.as_ref();
            match decide(verdict, hint, number, deadline, &policy, budget) {
                Decision::Stop(stop) => {
                    call.set_stop(stop, hint);
                    return result;
                }
                Decision::Go {
                    after,
                    withdrawal,
                    is_free,
                    reason,
                } => {
                    drop(result);
                    let planned = RetryPlanned {
                        attempt: number.get(),
                        reason,
                        after,
                    };
                    retry_event(&planned);
                    self.observers.on_retry(&planned);
                    number = number.next(is_free);
                    payment = withdrawal.map(|withdrawal| withdrawal.until_sent(call));
                    if !after.is_zero() {
                        tokio::time::sleep(after).await;
                    }
                }
            }
        }
    }
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
