//! The result of one row, as on the wire.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

use super::{
    decode::{Object, Slot},
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
#[derive(Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The id of the record that was created or matched; a UUID according to the API reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether a record was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<bool>,
    /// Whether an existing record matched the dedupe key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<bool>,
    /// Whether the matched record was updated; sent by newer servers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<bool>,
    /// The zero-based position of the row in the request; sent by newer servers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_index: Option<i64>,
    /// The error of a rejected row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Fields,
}

impl Object for Row {
    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)> {
        Some(match name {
            "id" => (1, Slot::Code(&mut self.id)),
            "created" => (1 << 1, Slot::Flag(&mut self.created)),
            "existing" => (1 << 2, Slot::Flag(&mut self.existing)),
            "updated" => (1 << 3, Slot::Flag(&mut self.updated)),
            "input_index" => (1 << 4, Slot::Integer(&mut self.input_index)),
            "error" => (1 << 5, Slot::ErrorBody(&mut self.error)),
            _ => return None,
        })
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.extra
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
