//! The ends of a stack: the layer that opens and closes a call, and the one that notes what is sent.

use std::sync::Arc;

use http::Request;

use crate::call::CallContext;
use crate::error::Error;
use crate::service::{Inner, Middleware, Next, Sent, layer};
use crate::telemetry::{Observer, Subject};

/// Gives calls a context, a span and a report.
///
/// Put it around everything else, the layers of your own included: the report is then right whatever they do. Cancel
/// safety: dropping the future ends the call, and no write of it leaves later.
#[derive(Clone, Debug, Default)]
pub struct CallLayer {
    pub(super) observer: Option<Arc<dyn Observer>>,
    /// The innermost layer of a stack notes what is sent.
    pub(super) is_complete: bool,
}

impl CallLayer {
    /// Reports calls to an observer too, with the attempts, retries and waits of the layers inside.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }
}

layer!(CallLayer);

impl<S: Inner<B>, B: Send> Middleware<S, B> for CallLayer {
    type Body = S::Body;

    fn observe(&self, request: &Request<B>, call: &CallContext) -> Option<Subject> {
        if let Some(observer) = &self.observer {
            call.set_observer(observer);
        }
        Some(Subject::of(request, call, None))
    }

    async fn send(self: Arc<Self>, mut next: Next<S>, request: Request<B>) -> Sent<S::Body> {
        if self.is_complete {
            next.call.complete();
        }
        next.send(request).await
    }
}

/// The innermost layer of a stack: notes each request that is given to the HTTP service in the contexts of their calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlet;

layer!(Outlet);

impl<S: Inner<B>, B: Send> Middleware<S, B> for Outlet {
    type Body = S::Body;

    const WAITS: bool = false;

    async fn send(self: Arc<Self>, mut next: Next<S>, mut request: Request<B>) -> Sent<S::Body> {
        if !next.call.is_complete() && !request.method().is_safe() {
            return Err(Error::config(NO_CALL));
        }
        let note = next.call.hand_over(&mut request)?;
        let result = next.inner.call(request).await.map_err(Error::from_any);
        note.ended(&result);
        result
    }
}

const NO_CALL: &str =
    "a layer removes the extensions of a write, or sends it after its call: its outcome is unknown";
