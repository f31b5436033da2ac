//! The source of the time of day.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

/// The source of the time of day: the system's clock, unless the application sets another.
///
/// Nothing else in the client reads the system's clock.
#[derive(Clone, Default)]
pub(crate) struct TimeOfDay(Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>);

impl TimeOfDay {
    pub(super) fn of(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(source)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        match &self.0 {
            Some(source) => source(),
            None => Timestamp::now(),
        }
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "TimeOfDay(given)",
            None => "TimeOfDay(system)",
        })
    }
}
