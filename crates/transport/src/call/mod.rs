//! One call: its options, its context, and the layer that opens and closes it.
//!
//! What layers share about a call travels in extensions, where layers of your own can read it too:
//!
//! | extension | of | written by | read by |
//! |---|---|---|---|
//! | [`CallContext`] | request | the outermost layer of ours | every layer, the HTTP service |
//! | [`Deadline`] | request | the caller, [`DeadlineLayer`](crate::DeadlineLayer) | retry, quota, attempt |
//! | [`AttemptNumber`] | request | [`RetryLayer`](crate::RetryLayer) | layers inside it, spans |
//! | [`Replay`], [`RetryPolicy`](crate::RetryPolicy) | request | the caller | retry |
//! | [`AttemptTimeout`], [`MaxBody`], [`Streamed`] | request | the caller | attempt |
//! | [`UrlTemplate`] | request | the caller | spans, observers |
//! | [`CallReport`] | response | every layer of ours, the outermost last | the caller |
//!
//! A layer that rebuilds a request must copy its extensions. A write whose context was lost is refused by
//! the HTTP service of a [stack](crate::stack) before it is sent: its outcome could not be reported truthfully.

mod context;
mod options;
mod report;

use std::sync::Arc;

use http::Request;

pub use self::context::CallContext;
#[cfg(feature = "client")]
pub(crate) use self::context::Note;
pub(crate) use self::options::after;
pub use self::options::{
    AttemptNumber, AttemptTimeout, Deadline, MaxBody, Replay, Streamed, UrlTemplate,
};
pub use self::report::{CallReport, Stop};
use crate::service::{Inner, Middleware, Next, Sent, layer};
use crate::telemetry::{Observer, Subject};

/// Gives calls a context, a span and a report.
///
/// Put it around everything else, the layers of your own included: the report is then right whatever they do. Cancel
/// safety: dropping the future ends the call, and no write of it leaves later.
#[derive(Clone, Debug, Default)]
pub struct CallLayer {
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// The innermost layer of a stack notes what is sent.
    pub(crate) is_complete: bool,
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

#[cfg(test)]
mod tests;
