//! Objects of the wire, read field by field.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error, MapAccess};

use super::{
    unknown::Unknown,
    value::{Nullable, Value, required},
};

/// Where the value of a field comes from: serde's map, or one item of a document.
pub(crate) trait Source<'de> {
    type Error: Error;

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, Self::Error>;

    /// Reads a value of the wire, or `null`.
    fn nullable<T: Value<'de>>(&mut self) -> Result<Option<T>, Self::Error> {
        let Nullable(value) = self.value()?;
        Ok(value)
    }
}

impl<'de, A: MapAccess<'de>> Source<'de> for A {
    type Error = A::Error;

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, A::Error> {
        self.next_value()
    }
}

/// An object whose known fields are read by name; all others go to [`Unknown`].
pub(crate) trait Object<'de>: Default {
    type Unknown: Unknown;

    /// Reads the field `name`, or answers `false` and leaves the value where it is.
    fn read<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<bool, S::Error>;

    fn unknown(&mut self) -> &mut Self::Unknown;

    /// Reads the field `name`, known or not.
    fn read_any<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<(), S::Error> {
        if self.read(name, source)? {
            return Ok(());
        }
        self.unknown().take(name, source)
    }

    /// Reads all fields of a map.
    fn read_map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut object = Self::default();
        while let Some(Name(name)) = map.next_key()? {
            object.read_any(&name, &mut map)?;
        }
        Ok(object)
    }
}

/// A field that was not met yet, or its value, which may be `null`.
pub(crate) type Slot<T> = Option<Option<T>>;

/// Reads a nullable value into a slot that must be empty.
pub(crate) fn fill<'de, T: Value<'de>, S: Source<'de>>(
    slot: &mut Slot<T>,
    source: &mut S,
) -> Result<bool, S::Error> {
    // Before its value is read, while the place that the error will have is still that of the name.
    if slot.is_some() {
        return Err(duplicate());
    }
    *slot = Some(source.nullable()?);
    Ok(true)
}

/// The error of a field given twice; which one is told by its place.
pub(crate) fn duplicate<E: Error>() -> E {
    E::custom("the field is given twice")
}

/// A key, borrowed where it holds no escape.
pub(crate) struct Name<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required(deserializer).map(Self)
    }
}
