//! Puts the layers in their order.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tower_layer::{Identity, Layer, Stack as Both};
use tower_service::Service;

use super::{HttpService, Pipeline};
use crate::attempt::AttemptLayer;
use crate::auth::{Auth, AuthLayer};
use crate::body::ResponseBody;
use crate::deadline::DeadlineLayer;
use crate::error::BoxError;
use crate::quota::QuotaLayer;
use crate::retry::RetryLayer;
use crate::telemetry::{AttemptSpanLayer, CallSpanLayer, Observer, Observers};

/// The way to a complete stack; see [`Stack::builder`].
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a name for one function")]
pub struct Stack;

impl Stack {
    /// Starts a stack with the defaults of every layer, no credentials and no limits of quota.
    pub fn builder() -> StackBuilder {
        StackBuilder {
            deadline: DeadlineLayer::default(),
            retry: RetryLayer::default(),
            auth: None,
            quota: QuotaLayer::default(),
            attempt: AttemptLayer::default(),
            observers: Observers::default(),
            outer: Identity::new(),
            is_wrapped: false,
            inner: Identity::new(),
        }
    }
}

/// The layers of a stack, and the user's own around and inside them.
#[derive(Clone, Debug)]
pub struct StackBuilder<Outer = Identity, PerAttempt = Identity> {
    deadline: DeadlineLayer,
    retry: RetryLayer,
    auth: Option<AuthLayer>,
    quota: QuotaLayer,
    attempt: AttemptLayer,
    observers: Observers,
    outer: Outer,
    is_wrapped: bool,
    inner: PerAttempt,
}

impl<O, A> StackBuilder<O, A> {
    /// Sets the deadline layer.
    #[must_use]
    pub const fn deadline(mut self, layer: DeadlineLayer) -> Self {
        self.deadline = layer;
        self
    }

    /// Sets how long a call may take.
    #[must_use]
    pub const fn timeout(self, timeout: Duration) -> Self {
        self.deadline(DeadlineLayer::new(timeout))
    }

    /// Sets the retry layer.
    #[must_use]
    pub fn retry(mut self, layer: RetryLayer) -> Self {
        self.retry = layer;
        self
    }

    /// Sets the credentials.
    #[must_use]
    pub fn auth(mut self, layer: AuthLayer) -> Self {
        self.auth = Some(layer);
        self
    }

    /// Sets the quota.
    #[must_use]
    pub fn quota(mut self, layer: QuotaLayer) -> Self {
        self.quota = layer;
        self
    }

    /// Sets the limits of an attempt.
    #[must_use]
    pub const fn attempt(mut self, layer: AttemptLayer) -> Self {
        self.attempt = layer;
        self
    }

    /// Sets who is told of calls, attempts and retries.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers = Observers::of(observer);
        self
    }

    /// Adds a layer around the whole call; the first one added is the outermost.
    pub fn layer<L>(self, layer: L) -> StackBuilder<Both<L, O>, A> {
        StackBuilder {
            deadline: self.deadline,
            retry: self.retry,
            auth: self.auth,
            quota: self.quota,
            attempt: self.attempt,
            observers: self.observers,
            outer: Both::new(layer, self.outer),
            is_wrapped: true,
            inner: self.inner,
        }
    }

    /// Adds a layer around every attempt, inside all of ours; the first one added is the outermost.
    pub fn attempt_layer<L>(self, layer: L) -> StackBuilder<O, Both<L, A>> {
        StackBuilder {
            deadline: self.deadline,
            retry: self.retry,
            auth: self.auth,
            quota: self.quota,
            attempt: self.attempt,
            observers: self.observers,
            outer: self.outer,
            is_wrapped: self.is_wrapped,
            inner: Both::new(layer, self.inner),
        }
    }

    /// Puts the stack around a leaf service.
    pub fn service<S>(self, leaf: S) -> O::Service
    where
        A: Layer<S>,
        O: Layer<Pipeline<A::Service>>,
    {
        let attempt = self.attempt.layer(self.inner.layer(leaf));
        let attempt = AttemptSpanLayer::observed(self.observers.clone()).layer(attempt);
        let metered = self.quota.layer(attempt);
        let authorized = match &self.auth {
            Some(auth) => auth.layer(metered),
            None => Auth::none(metered),
        };
        let retried = self.retry.layer(authorized);
        let bounded = self.deadline.trusting_attempts().layer(retried);
        let span = CallSpanLayer::observed(self.observers);
        // A layer around may put another body in the place of the one with the account.
        let span = if self.is_wrapped {
            span
        } else {
            span.in_stack()
        };
        self.outer.layer(Pipeline {
            inner: span.layer(bounded),
        })
    }

    /// Puts the stack around a leaf service and gives the result a name.
    pub fn boxed<S>(self, leaf: S) -> HttpService
    where
        A: Layer<S>,
        O: Layer<Pipeline<A::Service>>,
        O::Service: Service<Request<Bytes>, Response = Response<ResponseBody>>
            + Clone
            + Send
            + Sync
            + 'static,
        <O::Service as Service<Request<Bytes>>>::Error: Into<BoxError>,
        <O::Service as Service<Request<Bytes>>>::Future: Send + 'static,
    {
        HttpService::new(self.service(leaf))
    }
}
