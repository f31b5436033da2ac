//! How long to wait, given what is foretold.

use std::time::Duration;

use super::forecast::Outlook;
use crate::poller::Pace;

/// Chooses the wait before the next look, jitter not yet applied.
///
/// A job that may end at any moment, with a chance of `z` per second, and is looked at every `h` seconds costs
/// `1/h` requests a second, and its end is seen `h/2` late. With a request worth `w` seconds of delay, what both
/// come to is least for `h = √(2w/z)`. All that differs between the outlooks is `z`.
pub(super) fn before_next(pace: &Pace, age: Duration, outlook: Outlook) -> Duration {
    let worth = pace.request_worth().as_secs_f64();
    let age = age.as_secs_f64();
    let seconds = match outlook {
        Outlook::Blind => scale_free(pace, worth, age),
        Outlook::Idle => scale_free(pace, worth * IDLE, age),
        Outlook::Moving { left, doubt, reach } => approach(worth, left, doubt).min(reach),
        Outlook::Finishing { since } => scale_free(pace, worth, since),
    };
    from_secs(seconds).min(pace.longest()).max(pace.shortest())
}

/// Chooses the wait after a number of transient faults in a row, jitter not yet applied: doubled by each.
pub(super) fn after_fault(pace: &Pace, faults: u32) -> Duration {
    let doublings = 1_u32
        .checked_shl(faults.saturating_sub(1))
        .unwrap_or(u32::MAX);
    pace.first()
        .max(pace.shortest())
        .saturating_mul(doublings)
        .min(pace.longest())
}

/// Turns seconds into a duration: below 0 and no number is none, what no duration can hold is the longest.
pub(super) fn from_secs(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// Nothing is known but for how long something lasts already: it may last any time of that order.
fn scale_free(pace: &Pace, worth: f64, lasted: f64) -> f64 {
    let proportional = lasted * f64::from(pace.growth_percent()) / 100.0;
    let fair = (2.0 * worth * lasted * DECADES).sqrt();
    proportional.min(fair).max(pace.first().as_secs_f64())
}

/// The end lies in a window around the forecast, with the same chance anywhere in it: the next look falls one
/// fair interval into the window, or at its close when that is earlier.
fn approach(worth: f64, left: f64, doubt: f64) -> f64 {
    let half = WINDOW * doubt;
    let opens = (left - half).max(0.0);
    let window = (left + half - opens).max(0.0);
    opens + (2.0 * worth * window).sqrt().min(window)
}

/// Lengths of jobs spread over many scales, and one of age `t` then ends with a chance of `1/(t·ln(T/t))` per
/// second, `T` the longest there is. The logarithm is about 4 for most of a life: 20 minutes of a day.
const DECADES: f64 = 4.0;
/// A job whose counters stand at their start has most likely not begun, and will be seen moving before it ends.
/// One such job in ten is taken to belong to a server that counts at the end only.
const IDLE: f64 = 10.0;
/// How wide the window is each way, in doubts.
const WINDOW: f64 = 1.6;
