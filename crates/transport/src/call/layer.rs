//! The layer around everything else.

use std::sync::Arc;

use http::{Request, Response};

use super::CallContext;
use crate::error::Error;
use crate::service::{Inner, Middleware, layer, ready};
use crate::telemetry::{Observer, Observers, Subject};

/// Gives calls a context, a span and a report.
///
/// Put it around everything else, the layers of your own included: the report is then right whatever they do. Cancel
/// safety: dropping the future ends the call, and no write of it leaves later.
#[derive(Clone, Debug, Default)]
pub struct CallLayer {
    observers: Observers,
    is_complete: bool,
}

impl CallLayer {
    /// Reports the end of each call to an observer too.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer) -> Self {
        self.observers = Observers::of(observer);
        self
    }

    /// Opens calls whose HTTP service notes what it is given.
    pub(crate) const fn complete(observers: Observers) -> Self {
        Self {
            observers,
            is_complete: true,
        }
    }
}

layer!(CallLayer);

impl<S: Inner<B>, B: Send> Middleware<S, B> for CallLayer {
    type Body = S::Body;

    fn observe(&self, request: &Request<B>, call: &CallContext) -> Option<Box<Subject>> {
        Subject::of(request, call, None, &self.observers)
    }

    async fn send(
        self: Arc<Self>,
        call: CallContext,
        mut inner: S,
        request: Request<B>,
    ) -> Result<Response<S::Body>, Error> {
        if self.is_complete {
            call.complete();
        }
        ready(&mut inner).await?;
        call.pass_on(&mut inner, request).await
    }
}
