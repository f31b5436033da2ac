//! The handling of unknown fields.

use std::{collections::BTreeSet, fmt};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    object::{Any, Source, Unknown},
    oddity::Oddity,
};
use crate::job::Time;

/// Skips unknown fields and keeps only their names, so that duplicates are noted.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    names: BTreeSet<Box<str>>,
    odd: Vec<Oddity>,
}

impl Unknown for Skipped {
    type Time = Time;
    const KEPT: bool = false;

    fn take<'de, S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<(), S::Error> {
        let Skip = source.value()?;
        if !self.names.insert(name.into()) {
            self.note(Oddity::repeated(name));
        }
        Ok(())
    }

    fn note(&mut self, oddity: Oddity) {
        self.odd.push(oddity);
    }
}

impl Any for Skipped {
    fn any(&self) -> bool {
        !self.names.is_empty()
    }

    fn odd(&self) -> &[Oddity] {
        &self.odd
    }
}

/// Any value, read with the same checks as one that is kept.
///
/// With serde's `IgnoredAny`, the parser skips these checks: text is not validated, numbers may overflow, and the depth
/// is not bounded. A body could then be accepted by one way of reading and refused by another.
struct Skip;

impl<'de> Deserialize<'de> for Skip {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while let Some(Self) = seq.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while let Some((Self, Self)) = map.next_entry()? {}
        Ok(self)
    }
}
