//! The error of an invalid pace.

use std::{fmt, time::Duration};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceError {
    setting: &'static str,
    given: Amount,
    least: Amount,
    most: Amount,
}

/// The value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Time(Duration),
    Percent(u16),
}

impl PaceError {
    /// Returns the name of the setting, which is the name of the builder's method.
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// Checks that a time is within its bounds.
    pub(super) fn check_time(
        setting: &'static str,
        given: Duration,
        least: Duration,
        most: Duration,
    ) -> Result<(), Self> {
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let [given, least, most] = [given, least, most].map(Amount::Time);
        Err(Self {
            setting,
            given,
            least,
            most,
        })
    }

    /// Checks that a percentage is within its bounds.
    pub(super) fn check_percent(
        setting: &'static str,
        given: u16,
        least: u16,
        most: u16,
    ) -> Result<(), Self> {
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let [given, least, most] = [given, least, most].map(Amount::Percent);
        Err(Self {
            setting,
            given,
            least,
            most,
        })
    }
}

impl fmt::Display for PaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            given,
            least,
            most,
        } = self;
        write!(
            f,
            "pace setting `{setting}` is {given}, outside {least} to {most}"
        )
    }
}

impl std::error::Error for PaceError {}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{time:?}"),
            Self::Percent(percent) => write!(f, "{percent} %"),
        }
    }
}
