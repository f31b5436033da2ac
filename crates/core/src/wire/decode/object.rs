//! JSON objects, read field by field.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error, MapAccess};

use super::{
    oddity::{Oddity, Tolerant},
    value::{Nullable, Value, required},
};
use crate::wire::Fields;

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

/// An object whose known fields are read by name. All other fields are kept in [`Fields`].
pub(crate) trait Object: Default {
    /// Reads the field `name`. Returns `false`, without reading the value, if the name is unknown.
    fn read<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        seen: &mut Seen,
        source: &mut S,
    ) -> Result<bool, S::Error>;

    fn extra(&mut self) -> &mut Fields;

    /// Reads the known or unknown field `name`.
    fn read_any<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        seen: &mut Seen,
        source: &mut S,
    ) -> Result<(), S::Error> {
        if !self.read(name, seen, source)? {
            let value = source.value()?;
            self.extra().insert(name, value);
        }
        Ok(())
    }

    /// Reads all fields of a map.
    fn read_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut object, mut seen) = (Self::default(), Seen::default());
        while let Some(Name(name)) = map.next_key()? {
            object.read_any(&name, &mut seen, &mut map)?;
        }
        Ok(object)
    }
}

/// The known fields of an object that were read, one bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen(u16);

impl Seen {
    /// Reads the nullable value of a field that must not have been read before.
    pub(crate) fn fill<'de, T: Value<'de>, S: Source<'de>>(
        &mut self,
        field: u32,
        slot: &mut Option<T>,
        source: &mut S,
    ) -> Result<bool, S::Error> {
        let bit = 1_u16.rotate_left(field);
        // This check is before the value is read, so that the position of the error is that of the name.
        if self.0 & bit != 0 {
            return Err(duplicate());
        }
        *slot = source.nullable()?;
        self.0 |= bit;
        Ok(true)
    }

    /// Reads a nullable value tolerantly, and notes in `extra` how it is odd.
    pub(crate) fn tolerant<'de, T, S: Source<'de>>(
        &mut self,
        field: u32,
        name: &'static str,
        slot: &mut Option<T>,
        extra: &mut Fields,
        source: &mut S,
    ) -> Result<bool, S::Error>
    where
        Tolerant<T>: Value<'de>,
    {
        let mut read = None;
        self.fill(field, &mut read, source)?;
        *slot = read.map(|Tolerant { value, odd }: Tolerant<T>| {
            if let Some((kind, text)) = odd {
                let field = name.into();
                extra.note(Oddity { kind, field, text });
            }
            value
        });
        Ok(true)
    }
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
