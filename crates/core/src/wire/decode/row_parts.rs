//! A borrowed row as on the wire.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::{
    error_parts::ErrorParts,
    object::{Any, Object, Slot, Source, Unknown, fill},
    oddity::fill_tolerant,
    plain_row::{PlainId, PlainRow},
    value::Value,
};
use crate::wire::{Fields, Row};

/// The fields of a row.
#[derive(Debug, Default)]
pub(crate) struct RowParts<'de, U> {
    pub(crate) id: Slot<Cow<'de, str>>,
    pub(crate) created: Slot<bool>,
    pub(crate) existing: Slot<bool>,
    pub(crate) updated: Slot<bool>,
    pub(crate) input_index: Slot<i64>,
    pub(crate) error: Slot<ErrorParts<'de, U>>,
    pub(crate) unknown: U,
}

impl<'de> RowParts<'de, &'de Fields> {
    pub(crate) fn of(row: &'de Row) -> Self {
        Self {
            id: Some(row.id.as_deref().map(Cow::Borrowed)),
            created: Some(row.created),
            existing: Some(row.existing),
            updated: Some(row.updated),
            input_index: Some(row.input_index),
            error: Some(row.error.as_ref().map(ErrorParts::of)),
            unknown: &row.extra,
        }
    }
}

impl<U: Any> RowParts<'_, U> {
    /// Returns the row without its unknown fields.
    pub(crate) fn plain(&self) -> PlainRow<'_> {
        PlainRow {
            id: PlainId::of(self.id.as_ref().and_then(Option::as_deref)),
            created: self.created.flatten(),
            existing: self.existing.flatten(),
            updated: self.updated.flatten(),
            input_index: self.input_index.flatten(),
            error: self
                .error
                .as_ref()
                .and_then(Option::as_ref)
                .map(ErrorParts::plain),
            odd: self.unknown.odd(),
        }
    }
}

impl<'de, U: Unknown> Object<'de> for RowParts<'de, U> {
    type Unknown = U;

    fn read<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<bool, S::Error> {
        match name {
            "id" => fill_tolerant(&mut self.id, "id", &mut self.unknown, source),
            "created" => fill(&mut self.created, source),
            "existing" => fill(&mut self.existing, source),
            "updated" => fill(&mut self.updated, source),
            "input_index" => fill_tolerant(
                &mut self.input_index,
                "input_index",
                &mut self.unknown,
                source,
            ),
            "error" => fill(&mut self.error, source),
            _ => Ok(false),
        }
    }

    fn unknown(&mut self) -> &mut U {
        &mut self.unknown
    }
}

impl<'de, U: Unknown> Value<'de> for RowParts<'de, U> {
    const EXPECTED: &'static str = "a row object";

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::read_map(map)
    }
}
