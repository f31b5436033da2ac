//! The pace of polling.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The trade-off between the delay of a watch and its number of requests.
///
/// The main setting is [`request_worth`](Self::request_worth): how many seconds of delay in detecting the end of a job
/// one request is worth. The other settings are bounds. Every wait is jittered by ±10 %, so that watches that began
/// together drift apart.
///
/// | preset | use case |
/// |---|---|
/// | [`prompt`](Self::prompt) | interactive use |
/// | [`balanced`](Self::balanced), the default | a service that processes the rows afterwards |
/// | [`frugal`](Self::frugal) | nightly imports, or many imports under a small quota |
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::Pace;
///
/// assert_eq!(Pace::builder().build(), Ok(Pace::balanced()));
/// assert!(Pace::prompt().request_worth() < Pace::balanced().request_worth());
/// let patient = Pace::builder().request_worth(Duration::from_secs(30)).build()?;
/// assert!(patient.request_worth() > Pace::frugal().request_worth());
/// # Ok::<(), prism_imports_core::poller::PaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PaceBuilder")]
pub struct Pace(PaceBuilder);

impl Pace {
    /// Returns the pace with the shortest delay: a request is worth 40 ms of delay.
    pub fn prompt() -> Self {
        Self(PaceBuilder {
            request_worth: Duration::from_millis(40),
            first: Duration::from_millis(500),
            growth_percent: 40,
            shortest: Duration::from_millis(100),
            longest: Duration::from_secs(600),
        })
    }

    /// Returns the pace for most uses: a request is worth 0.4 s of delay.
    pub fn balanced() -> Self {
        Self(PaceBuilder {
            request_worth: Duration::from_millis(400),
            first: Duration::from_secs(1),
            growth_percent: 50,
            shortest: Duration::from_millis(200),
            longest: Duration::from_secs(1_800),
        })
    }

    /// Returns the pace with the fewest requests: a request is worth 1 s of delay.
    pub fn frugal() -> Self {
        Self(PaceBuilder {
            request_worth: Duration::from_secs(1),
            first: Duration::from_secs(2),
            growth_percent: 100,
            shortest: Duration::from_millis(500),
            longest: Duration::from_secs(3_600),
        })
    }

    /// Returns a builder that starts from [`balanced`](Self::balanced).
    pub fn builder() -> PaceBuilder {
        PaceBuilder::from(Self::balanced())
    }

    /// Returns the delay in detecting the end that one request is worth.
    pub fn request_worth(&self) -> Duration {
        self.0.request_worth
    }

    /// Returns the wait before the first poll of a job that has just begun.
    pub fn first(&self) -> Duration {
        self.0.first
    }

    /// Returns the maximum wait while the end cannot be estimated, in percent of the job's age.
    pub fn growth_percent(&self) -> u16 {
        self.0.growth_percent
    }

    /// Returns the shortest wait, without jitter.
    pub fn shortest(&self) -> Duration {
        self.0.shortest
    }

    /// Returns the longest wait, without jitter and hints of the server.
    pub fn longest(&self) -> Duration {
        self.0.longest
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::balanced()
    }
}

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
        let time = |time: Duration| format!("{time:?}");
        let percent = |percent: u16| format!("{percent} %");
        let (worth, growth) = (self.request_worth, self.growth_percent);
        check("request_worth", worth, [LEAST_WORTH, HOUR], time)?;
        check("first", self.first, [SHORTEST, HOUR], time)?;
        check("growth_percent", growth, [1, 400], percent)?;
        check("shortest", self.shortest, [SHORTEST, HOUR], time)?;
        check("longest", self.longest, [self.shortest, RETENTION], time)?;
        Ok(Pace(self))
    }
}

impl From<Pace> for PaceBuilder {
    fn from(pace: Pace) -> Self {
        pace.0
    }
}

impl TryFrom<PaceBuilder> for Pace {
    type Error = PaceError;

    fn try_from(builder: PaceBuilder) -> Result<Self, PaceError> {
        builder.build()
    }
}

/// A setting of a pace that is outside its bounds.
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::Pace;
///
/// let error = Pace::builder().first(Duration::ZERO).build().unwrap_err();
/// assert_eq!(error.to_string(), "pace setting `first` is 0ns, outside 10ms to 3600s");
/// assert_eq!(error.setting(), "first");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pace setting `{setting}` is {problem}")]
pub struct PaceError {
    setting: &'static str,
    problem: String,
}

impl PaceError {
    /// Returns the name of the setting, which is the name of the builder's method.
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

fn check<T: PartialOrd>(
    setting: &'static str,
    given: T,
    [least, most]: [T; 2],
    text: impl Fn(T) -> String,
) -> Result<(), PaceError> {
    if given >= least && given <= most {
        return Ok(());
    }
    let (given, least, most) = (text(given), text(least), text(most));
    let problem = format!("{given}, outside {least} to {most}");
    Err(PaceError { setting, problem })
}

/// The lower bound of waits. A shorter wait would be a busy loop.
const SHORTEST: Duration = Duration::from_millis(10);
const LEAST_WORTH: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);
/// The time for which the server keeps a job.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 3_600);
