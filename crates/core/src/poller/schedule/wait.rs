//! The choice of a wait. All waits are without jitter.
//!
//! Suppose that a job ends with probability `z` per second and is polled every `h` seconds. Polling then costs `1/h`
//! requests a second, and the end is detected `h/2` seconds late on average. If a request is worth `w` seconds of delay,
//! the total cost is minimal for `h = √(2w/z)`. The functions only differ in `z`.

use std::time::Duration;

use crate::poller::Pace;

/// Chooses the wait when only the elapsed time is known. The remaining time is assumed to be of the same order. One in
/// `rarity` such jobs is assumed to end without a further sign.
pub(super) fn open_ended(pace: &Pace, lasted: Duration, rarity: f64) -> Duration {
    let (worth, lasted) = (pace.request_worth().as_secs_f64(), lasted.as_secs_f64());
    let proportional = lasted * f64::from(pace.growth_percent()) / 100.0;
    let optimal = (2.0 * worth * rarity * lasted * DECADES).sqrt();
    bounded(
        pace,
        proportional.min(optimal).max(pace.first().as_secs_f64()),
    )
}

/// Chooses the wait when the end is estimated, in seconds. The end is assumed to be uniformly distributed in a window
/// around the estimate. The next poll is one optimal interval into the window, or at the end of the window if that is
/// earlier. The estimate is trusted up to the horizon.
pub(super) fn approach(pace: &Pace, remaining: f64, uncertainty: f64, horizon: f64) -> Duration {
    let half = WINDOW * uncertainty;
    let opens = (remaining - half).max(0.0);
    let window = (remaining + half - opens).max(0.0);
    let optimal = (2.0 * pace.request_worth().as_secs_f64() * window).sqrt();
    bounded(pace, (opens + optimal.min(window)).min(horizon))
}

fn bounded(pace: &Pace, seconds: f64) -> Duration {
    from_secs(seconds).min(pace.longest()).max(pace.shortest())
}

/// Chooses the wait after a number of consecutive faults or early answers. Each doubles it.
pub(super) fn doubled(pace: &Pace, count: u32) -> Duration {
    let first = pace.first().max(pace.shortest());
    let factor = 2_u32.saturating_pow(count.saturating_sub(1));
    first.saturating_mul(factor).min(pace.longest())
}

/// Converts seconds to a duration. Negative values and NaN become zero; values that are too large become the maximum.
pub(super) fn from_secs(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// Returns a factor between 0.9 and 1.1 for the wait with this number, which keeps many watches from polling at the
/// same time.
///
/// It depends only on the seed and the number, so a restored poller continues with the same schedule. The mixing
/// function is that of `SplitMix64`, which distributes consecutive numbers evenly.
pub(super) fn jitter(seed: u64, number: u32) -> f64 {
    let mut bits = seed.wrapping_add(GOLDEN.wrapping_mul(u64::from(number).wrapping_add(1)));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    let unit = u32::try_from(bits >> 32).map_or(0.0, f64::from) / f64::from(u32::MAX);
    1.0 + JITTER * (2.0 * unit - 1.0)
}

/// The factor for jobs whose durations spread over many orders of magnitude. Such a job of age `t` ends with
/// probability `1/(t·ln(T/t))` per second, where `T` is the longest duration. The logarithm is about 4 for 20 minutes
/// of a day.
const DECADES: f64 = 4.0;
/// Half the width of the window, as a multiple of the uncertainty.
const WINDOW: f64 = 1.6;
/// Ten percent in each direction. Watches drift apart within a few polls, and estimates stay accurate.
const JITTER: f64 = 0.1;
/// 2⁶⁴ divided by the golden ratio, rounded to an odd number: the increment of `SplitMix64`.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
