//! A pace of one's own.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Pace, PaceError};

/// Builds a [`Pace`]; the bounds are checked by [`build`](Self::build).
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
    /// Sets the delay in seeing the end that one saved request makes up for, 1 ms to 1 h.
    ///
    /// Four times the worth is about half the requests and twice the delay.
    pub fn request_worth(mut self, request_worth: Duration) -> Self {
        self.request_worth = request_worth;
        self
    }

    /// Sets the wait before the first look at a job that has just begun, 10 ms to 1 h.
    pub fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// Sets the most that a wait may be of a job's age while its end cannot be foretold, 1 to 400 percent.
    pub fn growth_percent(mut self, growth_percent: u16) -> Self {
        self.growth_percent = growth_percent;
        self
    }

    /// Sets the shortest wait, 10 ms to 1 h.
    pub fn shortest(mut self, shortest: Duration) -> Self {
        self.shortest = shortest;
        self
    }

    /// Sets the longest wait, from the shortest to 7 days, for which the server keeps a job.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Returns the pace.
    ///
    /// # Errors
    /// [`PaceError`] names the first setting outside its bounds, and the bounds.
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

/// A tenth of the shortest round trip worth having; below it a pace would be a busy loop.
const SHORTEST: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_secs(3_600);
/// For so long the server keeps a job.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 3_600);
