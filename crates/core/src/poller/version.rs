//! The version number of a serialized format.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A marker that serializes as the number `N` and deserializes only from it.
///
/// It is the first field of a serialized format, so that another version fails because of its number and not because of
/// a missing field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version<const N: u16>;

impl<const N: u16> Serialize for Version<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(N)
    }
}

impl<'de, const N: u16> Deserialize<'de> for Version<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u16::deserialize(deserializer)? {
            known if known == N => Ok(Self),
            other => Err(D::Error::custom(format_args!(
                "stored in version {other}, and only version {N} is known"
            ))),
        }
    }
}
