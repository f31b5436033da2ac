//! Rows as the server takes them: columns, properties and the types of their values.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use csv::StringRecord;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

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
pub(crate) enum Row {
    /// The values of the columns.
    Record(StringRecord),
    /// Values by property, or an object with `default` or `list` that has them.
    Object(Map<String, Value>),
    /// Text that is no object.
    Text(String),
}

/// What the text of a column is.
///
/// ```
/// use prism_imports_pipeline::ColumnType;
///
/// assert_eq!("number".parse(), Ok(ColumnType::Number));
/// assert_eq!("list:;".parse(), Ok(ColumnType::List(';')));
/// assert!("date".parse::<ColumnType>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ColumnType {
    /// Text, as it is written. Dates too.
    #[default]
    Text,
    /// A number of JSON.
    Number,
    /// `true` or `false`, `yes` or `no`, `1` or `0`, in any case.
    Boolean,
    /// Texts between separators.
    List(char),
}

impl FromStr for ColumnType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        match text {
            "text" => Ok(Self::Text),
            "number" => Ok(Self::Number),
            "boolean" => Ok(Self::Boolean),
            "list" => Ok(Self::List(',')),
            _ => {
                let separator = text
                    .strip_prefix("list:")
                    .and_then(|rest| rest.parse().ok());
                separator.map(Self::List).ok_or(UnknownType)
            }
        }
    }
}

/// A type of a column that is none.
///
/// ```
/// use prism_imports_pipeline::ColumnType;
///
/// let error = "integer".parse::<ColumnType>().unwrap_err();
/// assert_eq!(error.to_string(), "a type is text, number, boolean, list or list:SEPARATOR");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a type is text, number, boolean, list or list:SEPARATOR")]
#[non_exhaustive]
pub struct UnknownType;

/// How the columns of a file become properties.
///
/// ```
/// use prism_imports_pipeline::{ColumnType, Mapping};
///
/// let mapping = Mapping::default()
///     .rename("E-Mail", "email")
///     .leave_out("Internal note")
///     .column_type("age", ColumnType::Number);
/// # drop(mapping);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a mapping does nothing until a file is read with it"]
pub struct Mapping {
    names: BTreeMap<String, String>,
    types: BTreeMap<String, ColumnType>,
    keeps_empty: bool,
}

impl Mapping {
    /// Sets the property of a column. Other columns are properties of their own name.
    pub fn rename(mut self, column: impl Into<String>, property: impl Into<String>) -> Self {
        self.names.insert(column.into(), property.into());
        self
    }

    /// Leaves a column out.
    pub fn leave_out(self, column: impl Into<String>) -> Self {
        self.rename(column, "")
    }

    /// Sets the type of a property; text by default.
    pub fn column_type(mut self, property: impl Into<String>, of: ColumnType) -> Self {
        self.types.insert(property.into(), of);
        self
    }

    /// Sends an empty value as null. By default the property is left out, so that the server does not change it.
    pub fn empty_as_null(mut self) -> Self {
        self.keeps_empty = true;
        self
    }

    /// Assigns a property and a type to each column.
    pub(crate) fn bind(&self, columns: Option<&Columns>) -> Result<Properties, String> {
        let mut bound: Vec<Option<Property>> = Vec::new();
        let named = columns.map_or(0, Columns::without_reasons);
        for (index, name) in columns.into_iter().flat_map(Columns::iter).enumerate() {
            if index >= named {
                bound.push(None);
                continue;
            }
            let property = self.names.get(name).map_or(name, String::as_str);
            if name.is_empty() && property.is_empty() && !self.names.contains_key(name) {
                return Err(format!(
                    "column {} has no name; leave it out or name it",
                    index.saturating_add(1)
                ));
            }
            if bound
                .iter()
                .flatten()
                .any(|(other, _)| **other == *property)
                && !property.is_empty()
            {
                return Err(format!(
                    "two columns are the property `{property}`: rename one or leave it out"
                ));
            }
            let of = self.types.get(property).copied().unwrap_or_default();
            bound.push((!property.is_empty()).then(|| (property.into(), of)));
        }
        let unknown = self.names.keys().find(|name| {
            columns.is_some_and(|columns| columns.iter().all(|column| column != *name))
        });
        if let Some(unknown) = unknown {
            return Err(format!("there is no column `{unknown}`"));
        }
        let is_bound = |property: &str| {
            let mut bound = bound.iter().flatten();
            bound.any(|(name, _)| **name == *property)
        };
        if columns.is_none() && *self != Self::default() {
            return Err("a mapping is of columns, and only CSV has them".to_owned());
        }
        if let Some(property) = self.types.keys().find(|name| !is_bound(name)) {
            return Err(format!(
                "no column is the property `{property}`, which has a type"
            ));
        }
        if columns.is_some() && bound.iter().all(Option::is_none) {
            return Err("every column is left out".to_owned());
        }
        Ok(Properties {
            columns: bound.into(),
            keeps_empty: self.keeps_empty,
        })
    }
}

/// The name and the type of a property.
type Property = (Arc<str>, ColumnType);

/// The properties of the columns of one file.
#[derive(Clone, Debug)]
pub(crate) struct Properties {
    columns: Arc<[Option<Property>]>,
    keeps_empty: bool,
}

impl Properties {
    pub(crate) fn has(&self, property: &str) -> bool {
        self.columns.is_empty()
            || self
                .columns
                .iter()
                .flatten()
                .any(|(name, _)| **name == *property)
    }

    /// Makes a row as the server takes it, or returns why it cannot.
    pub(crate) fn import_row(&self, row: Row) -> Result<ImportRow, String> {
        match row {
            Row::Text(_) => Err("it is no object".to_owned()),
            Row::Object(mut fields) => {
                if REASONS.iter().all(|reason| fields.contains_key(*reason)) {
                    fields.retain(|name, _| !REASONS.contains(&name.as_str()));
                }
                let is_nested = ["default", "list"]
                    .iter()
                    .any(|field| fields.get(*field).is_some_and(Value::is_object));
                let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
                if fields.is_empty() || is_nested && fields.values().all(is_empty) {
                    return Err(NO_VALUES.to_owned());
                }
                Ok(ImportRow::Object { fields, is_nested })
            }
            Row::Record(record) if record.len() != self.columns.len() => Err(format!(
                "it has {} values, and the header {} columns",
                record.len(),
                self.columns.len()
            )),
            Row::Record(record) => {
                let mut has_values = false;
                for (text, column) in record.iter().zip(self.columns.iter()) {
                    if let Some((name, of)) = column.as_ref().filter(|_| !text.is_empty()) {
                        has_values = true;
                        Cell { text, of: *of }.check(name)?;
                    }
                }
                if !has_values {
                    return Err(NO_VALUES.to_owned());
                }
                Ok(ImportRow::Record {
                    record,
                    properties: self.clone(),
                })
            }
        }
    }
}

/// A row as the server takes it.
#[derive(Clone)]
pub(crate) enum ImportRow {
    Record {
        record: StringRecord,
        properties: Properties,
    },
    Object {
        fields: Map<String, Value>,
        is_nested: bool,
    },
}

impl ImportRow {
    /// Returns the value of a property, if it is a text.
    pub(crate) fn text(&self, property: &str) -> Option<&str> {
        match self {
            Self::Record { record, properties } => {
                let mut columns = properties.columns.iter();
                let index = columns.position(|column| {
                    column.as_ref().is_some_and(|(name, _)| **name == *property)
                })?;
                record.get(index).filter(|text| !text.is_empty())
            }
            Self::Object {
                fields,
                is_nested: true,
            } => fields.get("default")?.get(property)?.as_str(),
            Self::Object {
                fields,
                is_nested: false,
            } => fields.get(property)?.as_str(),
        }
    }
}

impl fmt::Debug for ImportRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The data of a row is never shown.
        f.write_str("ImportRow")
    }
}

impl Serialize for ImportRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object {
                fields,
                is_nested: true,
            } => fields.serialize(serializer),
            Self::Object {
                fields,
                is_nested: false,
            } => {
                let mut row = serializer.serialize_map(Some(1))?;
                row.serialize_entry("default", fields)?;
                row.end()
            }
            Self::Record { record, properties } => {
                let mut row = serializer.serialize_map(Some(1))?;
                row.serialize_entry("default", &Cells { record, properties })?;
                row.end()
            }
        }
    }
}

struct Cells<'a> {
    record: &'a StringRecord,
    properties: &'a Properties,
}

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cells = serializer.serialize_map(None)?;
        for (text, column) in self.record.iter().zip(self.properties.columns.iter()) {
            let Some((name, of)) = column else { continue };
            if !text.is_empty() {
                cells.serialize_entry(&**name, &Cell { text, of: *of })?;
            } else if self.properties.keeps_empty {
                cells.serialize_entry(&**name, &())?;
            }
        }
        cells.end()
    }
}

/// Returns `false` if a number may have been rounded when it was read: an integer beyond 64 bits becomes a float.
pub(crate) fn is_exact(number: &serde_json::Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|float| float.abs() < EXACT)
}

/// A value of a column that is not empty.
struct Cell<'a> {
    text: &'a str,
    of: ColumnType,
}

impl Cell<'_> {
    fn check(&self, name: &str) -> Result<(), String> {
        let kind = match self.of {
            ColumnType::Text | ColumnType::List(_) => return Ok(()),
            ColumnType::Number if self.number().is_some() => return Ok(()),
            ColumnType::Boolean if self.boolean().is_some() => return Ok(()),
            ColumnType::Number => "number",
            ColumnType::Boolean => "boolean",
        };
        Err(format!("`{name}` is no {kind}"))
    }

    fn number(&self) -> Option<serde_json::Number> {
        serde_json::from_str(self.text.trim()).ok().filter(is_exact)
    }

    fn boolean(&self) -> Option<bool> {
        let text = self.text.trim();
        let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match (is(["true", "yes", "1"]), is(["false", "no", "0"])) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            (false, false) => None,
        }
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.of {
            ColumnType::Text => serializer.serialize_str(self.text),
            ColumnType::Number => self.number().serialize(serializer),
            ColumnType::Boolean => self.boolean().serialize(serializer),
            ColumnType::List(separator) => serializer.collect_seq(
                self.text
                    .split(separator)
                    .map(str::trim)
                    .filter(|item| !item.is_empty()),
            ),
        }
    }
}

/// The columns that a file of failed rows has in addition. They are not imported again.
pub(crate) const REASONS: [&str; 3] = ["error_code", "error_message", "line"];
/// 2⁵³: up to here, floats are exact to an integer.
const EXACT: f64 = 9_007_199_254_740_992.0;
const NO_VALUES: &str = "it has no values";

#[cfg(test)]
mod tests;
