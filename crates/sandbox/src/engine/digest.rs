//! What is kept of a text that must not be kept.

use std::hash::{DefaultHasher, Hash, Hasher};

/// 128 bits of a key, a body or a value: enough to tell whether two are equal, nothing to read.
///
/// At that width no two values of a test share one. It is no cryptographic digest: a sandbox has no enemies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Digest(u64, u64);

impl Digest {
    /// Digests a value.
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
