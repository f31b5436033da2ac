//! The builder of a custom pace.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Pace, PaceError};

/// Builds a [`Pace`]. [`build`](Self::build) checks the bounds.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::{Pace, PaceBuilder};
///
/// let pace = PaceBuilder::from(Pace::frugal()).longest(Duration::from_secs(60)).build()?;
/// assert_eq!(pace.longest(), Duration::from_secs(60));
/// # Ok::<(), prism_imports_core::poller::PaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a builder does nothing until `build`"]
pub struct PaceBuilder {
    request_worth: Duration,
    first: Duration,
    growth_percent: u16,
    shortest: Duration,
    longest: Duration,
}

impl PaceBuilder {
    /// Sets the delay in detecting the end that one request is worth, 1 ms to 1 h.
    ///
    /// Quadrupling it about halves the requests and doubles the delay.
    pub fn request_worth(mut self, request_worth: Duration) -> Self {
        self.request_worth = request_worth;
        self
    }

    /// Sets the wait before the first poll of a job that has just begun, 10 ms to 1 h.
    pub fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// Sets the maximum wait while the end cannot be estimated, in percent of the job's age, 1 to 400.
    pub fn growth_percent(mut self, growth_percent: u16) -> Self {
        self.growth_percent = growth_percent;
        self
    }

    /// Sets the shortest wait, 10 ms to 1 h.
    pub fn shortest(mut self, shortest: Duration) -> Self {
        self.shortest = shortest;
        self
    }

    /// Sets the longest wait, from the shortest wait to 7 days, the retention of a job.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Builds the pace.
    ///
    /// # Errors
    /// Returns a [`PaceError`] with the first setting that is outside its bounds.
    pub fn build(self) -> Result<Pace, PaceError> {
        let Self {
            request_worth,
            first,
            growth_percent,
            shortest,
            longest,
        } = self;
        PaceError::check_time(
            "request_worth",
            request_worth,
            Duration::from_millis(1),
            HOUR,
        )?;
        PaceError::check_time("first", first, SHORTEST, HOUR)?;
        PaceError::check_percent("growth_percent", growth_percent, 1, 400)?;
        PaceError::check_time("shortest", shortest, SHORTEST, HOUR)?;
        PaceError::check_time("longest", longest, shortest, RETENTION)?;
        Ok(Pace {
            request_worth,
            first,
            growth_percent,
            shortest,
            longest,
        })
    }
}

impl From<Pace> for PaceBuilder {
    fn from(pace: Pace) -> Self {
        let Pace {
            request_worth,
            first,
            growth_percent,
            shortest,
            longest,
        } = pace;
        Self {
            request_worth,
            first,
            growth_percent,
            shortest,
            longest,
        }
    }
}

impl TryFrom<PaceBuilder> for Pace {
    type Error = PaceError;

    fn try_from(builder: PaceBuilder) -> Result<Self, PaceError> {
        builder.build()
    }
}

/// The lower bound of waits. A shorter wait would be a busy loop.
const SHORTEST: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_secs(3_600);
/// The time for which the server keeps a job.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 3_600);
