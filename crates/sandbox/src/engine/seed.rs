//! Seeded random numbers.

use uuid::{Builder, Uuid};

/// A random number generator with streams: the same seed and stream give the same values on every machine.
///
/// The algorithm is `SplitMix64` (Steele, Lea and Flood 2014), which is not cryptographic.
#[derive(Clone, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    /// Creates the generator of one stream, which is independent of the other streams.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut root = Self(seed ^ stream.wrapping_mul(GAMMA));
        Self(root.next_u64())
    }

    /// Draws 64 bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws a number below `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Returns `true` with this probability.
    pub(crate) fn hits(&mut self, probability: f64) -> bool {
        // 32 bits convert to a float without loss.
        let bits = u32::try_from(self.next_u64() >> 32).unwrap_or(u32::MAX);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0) < probability
    }

    /// Draws a version 4 UUID.
    pub(crate) fn next_uuid(&mut self) -> Uuid {
        let high = u128::from(self.next_u64());
        let low = u128::from(self.next_u64());
        Builder::from_random_bytes(((high << 64) | low).to_be_bytes()).into_uuid()
    }
}

/// The odd constant nearest to 2⁶⁴ divided by the golden ratio, which `SplitMix64` steps by.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn streams_are_deterministic() {
        let draw = |seed, stream| Seed::new(seed, stream).next_uuid();
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(8, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_eq!(draw(0, 0).get_version_num(), 4);
    }

    #[test]
    fn draws_are_within_their_bounds() {
        let mut seed = Seed::new(3, 1);
        let mut seen = [0_u32; 4];
        for _ in 0..400 {
            let drawn = usize::try_from(seed.below(4)).unwrap();
            seen[drawn] += 1;
        }
        assert!(seen.iter().all(|&times| times > 60), "{seen:?}");
        assert_eq!(seed.below(0), 0);
        let hits = (0..1_000).filter(|_| seed.hits(0.25)).count();
        assert!((200..300).contains(&hits), "{hits}");
        assert!((0..100).all(|_| !seed.hits(0.0)));
        assert!((0..100).all(|_| seed.hits(1.0)));
    }
}
