//! How long to wait before the next attempt.

use std::time::Duration;

/// An exponential wait with jitter.
///
/// The n-th wait is drawn evenly between half of its full length and its full length, `base`·2ⁿ⁻¹ up to
/// `max`. The draw is new for every wait of every call, at the cap as well: callers that failed together do
/// not come back together.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use prism_imports_transport::retry::Backoff;
///
/// let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
/// assert_eq!(backoff.ceiling(1), Duration::from_millis(100));
/// assert_eq!(backoff.ceiling(3), Duration::from_millis(400));
/// assert_eq!(backoff.ceiling(1_000), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    base: Duration,
    max: Duration,
}

impl Backoff {
    /// Starts at `base` and doubles up to `max`; a `max` below `base` caps the first wait too.
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }

    /// Returns the longest that the wait after the n-th counted attempt can be.
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1_u32
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }

    /// Returns the wait after the n-th counted attempt for a draw from 0 up to 1.
    pub(super) fn delay(&self, attempt: u32, hint: Option<Duration>, draw: f64) -> Duration {
        let half = self.ceiling(attempt) / 2;
        let jitter = half.mul_f64(draw.clamp(0.0, 1.0));
        let own = half.saturating_add(jitter);
        match hint {
            // The hint is a floor, and only lengthened: all clients were given the same one.
            Some(hint) => own.max(hint.saturating_add(jitter)),
            None => own,
        }
    }
}

impl Default for Backoff {
    /// Half a second, doubling up to eight.
    fn default() -> Self {
        Self::new(Duration::from_millis(500), Duration::from_secs(8))
    }
}

#[cfg(test)]
mod tests;
