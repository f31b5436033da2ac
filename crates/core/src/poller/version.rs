//! The version that a stored form says.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A mark that is written as the number `N`, and read only from it.
///
/// It stands first in a stored form, so that another version is refused by its number and not by whatever field
/// it happens to lack.
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
