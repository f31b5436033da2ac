//! The choice of the wait, given an estimate of the end.

use std::time::Duration;

use super::forecast::Estimate;
use crate::poller::Pace;

/// Chooses the wait before the next poll, without jitter.
///
/// Suppose that a job ends with probability `z` per second and is polled every `h` seconds. Polling then costs `1/h`
/// requests a second, and the end is detected `h/2` seconds late on average. If a request is worth `w` seconds of
/// delay, the total cost is minimal for `h = √(2w/z)`. The estimates only differ in `z`.
pub(super) fn before_next(pace: &Pace, age: Duration, estimate: Estimate) -> Duration {
    let worth = pace.request_worth().as_secs_f64();
    let age = age.as_secs_f64();
    let seconds = match estimate {
        Estimate::Unknown => scale_free(pace, worth, age),
        Estimate::Idle => scale_free(pace, worth * IDLE, age),
        Estimate::Moving {
            remaining,
            uncertainty,
            horizon,
        } => approach(worth, remaining, uncertainty).min(horizon),
        Estimate::Finishing { since } => scale_free(pace, worth, since),
    };
    from_secs(seconds).min(pace.longest()).max(pace.shortest())
}

/// Chooses the wait after a number of consecutive transient faults, without jitter. Each fault doubles it.
pub(super) fn after_fault(pace: &Pace, faults: u32) -> Duration {
    let doublings = 1_u32
        .checked_shl(faults.saturating_sub(1))
        .unwrap_or(u32::MAX);
    pace.first()
        .max(pace.shortest())
        .saturating_mul(doublings)
        .min(pace.longest())
}

/// Converts seconds to a duration. Negative values and NaN become zero; values that are too large become the maximum.
pub(super) fn from_secs(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// Chooses the wait when only the elapsed time is known. The remaining time is assumed to be of the same order.
fn scale_free(pace: &Pace, worth: f64, lasted: f64) -> f64 {
    let proportional = lasted * f64::from(pace.growth_percent()) / 100.0;
    let optimal = (2.0 * worth * lasted * DECADES).sqrt();
    proportional.min(optimal).max(pace.first().as_secs_f64())
}

/// Chooses the wait when the end is estimated. The end is assumed to be uniformly distributed in a window around the
/// estimate. The next poll is one optimal interval into the window, or at the end of the window if that is earlier.
fn approach(worth: f64, remaining: f64, uncertainty: f64) -> f64 {
    let half = WINDOW * uncertainty;
    let opens = (remaining - half).max(0.0);
    let window = (remaining + half - opens).max(0.0);
    opens + (2.0 * worth * window).sqrt().min(window)
}

/// The factor for jobs whose durations spread over many orders of magnitude. Such a job of age `t` ends with
/// probability `1/(t·ln(T/t))` per second, where `T` is the longest duration. The logarithm is about 4 for 20 minutes
/// of a day.
const DECADES: f64 = 4.0;
/// The factor for a job whose counters have not moved. Most likely it has not begun, and its counters will move before
/// it ends. One such job in ten is assumed to be on a server that only counts at the end.
const IDLE: f64 = 10.0;
/// Half the width of the window, as a multiple of the uncertainty.
const WINDOW: f64 = 1.6;
