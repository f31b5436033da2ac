//! Builds a stack.

use std::sync::Arc;
use std::time::Duration;

use tower::util::option_layer;
use tower_layer::Layer;

use super::ends::{CallLayer, Outlet};
use super::{HttpLayer, HttpService, IntoHttpService};
use crate::attempt::AttemptLayer;
use crate::auth::AuthLayer;
use crate::deadline::DeadlineLayer;
use crate::quota::Quota;
use crate::retry::RetryLayer;
use crate::telemetry::Observer;

/// Puts the layers around an HTTP service, in the [order](crate::stack) in which their promises hold.
///
/// It starts with the defaults of every layer, without credentials and without limits of the quota.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it builds"]
pub struct StackBuilder {
    deadline: DeadlineLayer,
    retry: RetryLayer,
    auth: Option<AuthLayer>,
    quota: Quota,
    attempt: AttemptLayer,
    observer: Option<Arc<dyn Observer>>,
    /// The outermost first, as are those below.
    layers: Vec<Arc<dyn HttpLayer>>,
    attempt_layers: Vec<Arc<dyn HttpLayer>>,
}

impl StackBuilder {
    /// Starts with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a call may take, in all; 120 s by default.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.deadline = DeadlineLayer::new(timeout);
        self
    }

    /// Sets the retry layer.
    pub fn retry(mut self, layer: RetryLayer) -> Self {
        self.retry = layer;
        self
    }

    /// Sets the credentials.
    pub fn auth(mut self, layer: AuthLayer) -> Self {
        self.auth = Some(layer);
        self
    }

    /// Sets the quota.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// Sets the limits of an attempt.
    pub fn attempt(mut self, layer: AttemptLayer) -> Self {
        self.attempt = layer;
        self
    }

    /// Sets the observer of calls, attempts, retries and waits for the quota.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Adds a layer around every call; the first one added is the outermost.
    ///
    /// It sees a call once, however often it is sent: it receives a `Request<RequestBody>` without credentials, and gets
    /// the final `Response<ResponseBody>` back. It may return a response with any body of bytes, and
    /// any error: see [`HttpLayer`].
    pub fn layer(mut self, layer: impl HttpLayer) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    /// Adds a layer around every attempt, just above the HTTP service; the first one added is the outermost.
    ///
    /// It sees each request as it is sent, with credentials and [`AttemptNumber`](crate::AttemptNumber), and each response
    /// with its body unread. It may return a response with any body of bytes, and any error: see [`HttpLayer`].
    ///
    /// A layer with a limit, such as tower's `ConcurrencyLimit`, counts an attempt until its future returns or is dropped, and
    /// a future that is not polled does neither. With a limit of one, a call that is kept but not polled, for example in a
    /// stream whose next item is not asked for, holds up every other call of the stack. Spawn such calls, or drop them. The body
    /// of a response that is [`Streamed`](crate::Streamed) is not counted after its head has arrived.
    pub fn attempt_layer(mut self, layer: impl HttpLayer) -> Self {
        self.attempt_layers.push(Arc::new(layer));
        self
    }

    /// Puts the layers around what sends the requests: [`HttpClient`](crate::HttpClient), or a service of your own.
    pub fn build(self, http: impl IntoHttpService) -> HttpService {
        let http = http.into_http_service();
        let http = around(HttpService::new(Outlet.layer(http)), &self.attempt_layers);
        let attempt = self.attempt.layer(http);
        let quota = self.quota.layer(attempt);
        let auth = option_layer(self.auth).layer(quota);
        let retry = self.retry.layer(auth);
        let call = around(HttpService::new(retry), &self.layers);
        let deadline = self.deadline.layer(call);
        let call = CallLayer {
            observer: self.observer,
            is_complete: true,
        };
        HttpService::new(call.layer(deadline))
    }
}

fn around(http: HttpService, layers: &[Arc<dyn HttpLayer>]) -> HttpService {
    (layers.iter().rev()).fold(http, |inner, layer| layer.around(inner))
}
