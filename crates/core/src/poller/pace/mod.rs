//! The pace of polling.

mod builder;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::builder::{PaceBuilder, PaceError};

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
