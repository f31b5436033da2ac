//! Digests of values that must not be stored.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A 128-bit digest of a key, a body or a value, for equality tests.
///
/// It is not cryptographic, which is sufficient for a test server: accidental collisions are improbable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Digest(u64, u64);

impl Digest {
    /// Computes the digest of a value.
    pub(super) fn of<T: Hash + ?Sized>(value: &T) -> Self {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            salt.hash(&mut hasher);
            value.hash(&mut hasher);
            hasher.finish()
        };
        Self(half(1), half(2))
    }
}
