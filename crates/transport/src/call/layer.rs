//! The layer around everything else.

use http::{Request, Response};
use tower_layer::Layer;

use super::{CallContext, Inner};
use crate::error::Error;
use crate::service::{Layered, Middleware};
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

impl<S> Layer<S> for CallLayer {
    type Service = Layered<Self, S>;

    fn layer(&self, inner: S) -> Layered<Self, S> {
        Layered::new(self, inner)
    }
}

impl<S: Inner<B>, B: Send> Middleware<S, B> for CallLayer {
    type Body = S::Body;

    async fn send(
        &self,
        call: &CallContext,
        mut inner: S,
        request: Request<B>,
    ) -> Result<Response<S::Body>, Error> {
        if self.is_complete {
            call.complete();
        }
        let subject = Subject::of_call(&request, call, &self.observers);
        subject.observe(call.pass_on(&mut inner, request)).await
    }
}
