//! JSON objects, read field by field.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, Error, MapAccess};

use super::{
    oddity::Oddity,
    value::{Nullable, Value, required},
};
use crate::job::Time;

/// Handles the unknown fields of an object.
pub(crate) trait Unknown: Any + Default {
    /// The representation of timestamps: the text if decoding must be lossless, and the parsed timestamp otherwise.
    type Time: for<'de> Value<'de> + Into<Time> + fmt::Debug;

    /// Whether the fields are kept with their values.
    const KEPT: bool;

    fn take<'de, S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<(), S::Error>;

    /// Notes that a field is not written as documented.
    fn note(&mut self, oddity: Oddity);
}

/// A collection of unknown fields that may be empty, and what is odd about the known ones.
pub(crate) trait Any {
    /// Returns `true` if there is any unknown field.
    fn any(&self) -> bool;

    /// Returns the fields that are not written as documented.
    fn odd(&self) -> &[Oddity];
}

/// The source of the value of a field: serde's map, or an item of a document.
pub(crate) trait Source<'de> {
    type Error: Error;

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, Self::Error>;

    /// Reads a value or `null`.
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

/// An object whose known fields are read by name. All other fields go to [`Unknown`].
pub(crate) trait Object<'de>: Default {
    type Unknown: Unknown;

    /// Reads the field `name`. Returns `false`, without reading the value, if the name is unknown.
    fn read<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<bool, S::Error>;

    fn unknown(&mut self) -> &mut Self::Unknown;

    /// Reads the known or unknown field `name`.
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

/// The value of a field, which may be `null`, or `None` if the field was not read yet.
pub(crate) type Slot<T> = Option<Option<T>>;

/// Reads a nullable value into a slot that must be empty.
pub(crate) fn fill<'de, T: Value<'de>, S: Source<'de>>(
    slot: &mut Slot<T>,
    source: &mut S,
) -> Result<bool, S::Error> {
    // This check is before the value is read, so that the position of the error is that of the name.
    if slot.is_some() {
        return Err(duplicate());
    }
    *slot = Some(source.nullable()?);
    Ok(true)
}

/// Creates the error of a duplicate field. The position of the error identifies the field.
pub(crate) fn duplicate<E: Error>() -> E {
    E::custom("the field is given twice")
}

/// A key, borrowed if it has no escapes.
pub(crate) struct Name<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required(deserializer).map(Self)
    }
}
