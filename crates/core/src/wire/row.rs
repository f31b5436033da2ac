//! The result of one row, as on the wire.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::MapAccess, ser::SerializeMap};
use uuid::Uuid;

use super::{
    decode::{Object, Seen, Source, Value, required},
    error_body::ErrorBody,
    fields::Fields,
};

/// The result of one row. Every field is optional on the wire.
///
/// `Debug` prints an id only if it is a UUID, and `*` otherwise, because the text may be customer data.
///
/// ```
/// use prism_imports_core::wire::Row;
///
/// let row: Row = serde_json::from_str(r#"{"id":null,"created":true,"existing":false}"#).unwrap();
/// assert_eq!((row.id, row.created, row.error), (None, Some(true), None));
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The id of the record that was created or matched; a UUID according to the API reference.
    pub id: Option<String>,
    /// Whether a record was created.
    pub created: Option<bool>,
    /// Whether an existing record matched the dedupe key.
    pub existing: Option<bool>,
    /// Whether the matched record was updated; sent by newer servers only.
    pub updated: Option<bool>,
    /// The zero-based position of the row in the request; sent by newer servers only.
    pub input_index: Option<i64>,
    /// The error of a rejected row.
    pub error: Option<ErrorBody>,
    /// Unknown fields.
    pub extra: Fields,
}

impl Object for Row {
    fn read<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        seen: &mut Seen,
        source: &mut S,
    ) -> Result<bool, S::Error> {
        let odd = &mut self.extra;
        match name {
            "id" => seen.tolerant(0, "id", &mut self.id, odd, source),
            "created" => seen.fill(1, &mut self.created, source),
            "existing" => seen.fill(2, &mut self.existing, source),
            "updated" => seen.fill(3, &mut self.updated, source),
            "input_index" => seen.tolerant(4, "input_index", &mut self.input_index, odd, source),
            "error" => seen.fill(5, &mut self.error, source),
            _ => Ok(false),
        }
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.extra
    }
}

impl<'de> Value<'de> for Row {
    const EXPECTED: &'static str = "a row object";

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::read_map(map)
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |id: &str| Uuid::try_parse(id).map_or("*".to_owned(), |id| id.to_string());
        f.debug_struct("Row")
            .field("id", &self.id.as_deref().map(shown))
            .field("created", &self.created)
            .field("existing", &self.existing)
            .field("updated", &self.updated)
            .field("input_index", &self.input_index)
            .field("error", &self.error)
            .field("extra", &self.extra)
            .finish()
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_some(&mut map, "id", self.id.as_ref())?;
        write_some(&mut map, "created", self.created.as_ref())?;
        write_some(&mut map, "existing", self.existing.as_ref())?;
        write_some(&mut map, "updated", self.updated.as_ref())?;
        write_some(&mut map, "input_index", self.input_index.as_ref())?;
        write_some(&mut map, "error", self.error.as_ref())?;
        self.extra.write(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required(deserializer)
    }
}

/// Writes a field if it has a value.
pub(super) fn write_some<M: SerializeMap, T: Serialize>(
    map: &mut M,
    name: &str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, value),
        None => Ok(()),
    }
}
