//! Rows as the server takes them: columns, properties and the types of their values.

mod import_row;
mod mapping;

use std::sync::Arc;

use csv::StringRecord;
use serde_json::{Map, Value};

pub(crate) use self::import_row::{ImportRow, JsonRow, Properties, is_exact};
pub use self::mapping::{ColumnType, Mapping, UnknownType};

/// The names of the columns of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns(Arc<[Box<str>]>);

impl Columns {
    pub(crate) fn of_header<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.map(|name| name.trim().into()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// Returns the number of columns before those that a file of failed rows has in addition.
    pub(crate) fn without_reasons(&self) -> usize {
        let columns = self.len().saturating_sub(REASONS.len());
        let is_failed_file = self.iter().skip(columns).eq(REASONS);
        if is_failed_file { columns } else { self.len() }
    }
}

/// A row as it was read.
#[derive(Clone, Debug)]
pub(crate) enum Row<'a> {
    /// The values of the columns.
    Record(&'a StringRecord),
    /// Values by property, or an object with `default` or `list` that has them.
    Object(Map<String, Value>),
    /// Text that is no object.
    Text(String),
}

/// The columns that a file of failed rows has in addition. They are not imported again.
pub(crate) const REASONS: [&str; 3] = ["error_code", "error_message", "line"];
#[cfg(test)]
mod tests;
