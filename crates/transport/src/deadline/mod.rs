//! Sets the one instant by which a call must end.
//!
//! A timeout per attempt bounds no call: three attempts, two backoffs and a wait for a connection add up. The
//! deadline is an instant, taken once; everything inside counts towards it: waits for readiness, quotas,
//! credentials, backoffs, attempts and the body, unless that is streamed. The layers inside read it as a request extension
//! ([`Deadline`]) and do not begin what cannot end in time.
//!
//! tower's own `Timeout` stops at the response's head, and every layer of it restarts per attempt.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use prism_imports_transport::{DeadlineLayer, RetryLayer};
//! use tower::ServiceBuilder;
//!
//! let layers = ServiceBuilder::new()
//!     .layer(DeadlineLayer::new(Duration::from_secs(30)))
//!     .layer(RetryLayer::default());
//! ```

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use tokio::time::timeout_at;

use crate::call::{Deadline, Streamed, after};
use crate::error::{Error, Kind, Phase, Scope};
use crate::service::{Inner, Middleware, Next, Sent, layer};

/// Ends each call by an instant. The default timeout is two minutes.
///
/// The timeout of a [`Streamed`] request ends with the head of the response; a [`Deadline`] of its own bounds the body too.
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    timeout: Duration,
}

impl DeadlineLayer {
    /// Makes a layer that ends each call `timeout` after its start.
    pub const fn new(timeout: Duration) -> Self {
        Self { timeout }
    }
}

impl Default for DeadlineLayer {
    fn default() -> Self {
        Self::new(Duration::from_secs(120))
    }
}

layer!(DeadlineLayer);

impl<S: Inner<B>, B: Send> Middleware<S, B> for DeadlineLayer {
    type Body = S::Body;

    async fn send(self: Arc<Self>, mut next: Next<S>, mut request: Request<B>) -> Sent<S::Body> {
        let at = after(next.call.started(), self.timeout);
        let ours = Deadline { at };
        let deadline = Deadline::of(&request).map_or(ours, |given| ours.min(given));
        // A reader of a stream may be slow: its body is bounded by the caller's own deadline only.
        if request.extensions().get::<Streamed>().is_none() {
            request.extensions_mut().insert(deadline);
        }
        let late = |_| Error::new(Kind::Timeout(Scope::Call), Phase::MaybeSent);
        let sent = timeout_at(deadline.at, next.send(request)).await;
        sent.map_err(late)?
    }
}

#[cfg(test)]
mod tests;
