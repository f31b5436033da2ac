//! The jitter that keeps many watches from polling at the same time.

/// Returns a factor between 0.9 and 1.1 for the decision with this number.
///
/// It depends only on the seed and the number, so a restored poller continues with the same schedule. The mixing
/// function is that of `SplitMix64`, which distributes consecutive numbers evenly.
pub(super) fn factor(seed: u64, decision: u32) -> f64 {
    let mut bits = seed.wrapping_add(GOLDEN.wrapping_mul(u64::from(decision).wrapping_add(1)));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    let unit = u32::try_from(bits >> 32).map_or(0.0, f64::from) / f64::from(u32::MAX);
    1.0 + JITTER * (2.0 * unit - 1.0)
}

/// Ten percent in each direction. Watches drift apart within a few polls, and estimates stay accurate.
const JITTER: f64 = 0.1;
/// 2⁶⁴ divided by the golden ratio, rounded to an odd number: the increment of `SplitMix64`.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
