//! Opens and closes a call.

use tower_layer::Layer;

use super::Call;
use crate::telemetry::{Observer, Observers};

/// Wraps a service in [`Call`].
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
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        Call::new(inner, self.observers.clone(), self.is_complete)
    }
}
