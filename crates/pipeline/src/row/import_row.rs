//! Rows as the server takes them.

use csv::StringRecord;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::{ColumnType, REASONS, Row};

/// The name and the type of a property.
pub(super) type Property = (Box<str>, ColumnType);

/// The properties of the columns of one file.
#[derive(Debug)]
pub(crate) struct Properties {
    pub(super) columns: Vec<Option<Property>>,
    pub(super) keeps_empty: bool,
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
    pub(crate) fn import_row<'a>(&'a self, row: Row<'a>) -> Result<ImportRow<'a>, String> {
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
                    properties: self,
                })
            }
        }
    }
}

/// A row as the server takes it.
pub(crate) enum ImportRow<'a> {
    Record {
        record: &'a StringRecord,
        properties: &'a Properties,
    },
    Object {
        fields: Map<String, Value>,
        is_nested: bool,
    },
}

impl ImportRow<'_> {
    /// Writes the row as JSON.
    pub(crate) fn to_json(&self) -> Result<JsonRow, String> {
        let (json, is_nested) = match self {
            Self::Record { record, properties } => {
                (to_raw_value(&Cells { record, properties }), false)
            }
            Self::Object { fields, is_nested } => (to_raw_value(fields), *is_nested),
        };
        let json = json.map_err(|error| error.to_string())?;
        Ok(if is_nested {
            JsonRow::Whole(json)
        } else {
            JsonRow::Values { default: json }
        })
    }

    /// Returns the whole row, with `default` and `list`.
    pub(crate) fn to_map(&self) -> Result<Map<String, Value>, String> {
        match serde_json::to_value(self.to_json()?) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err("it is no object".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

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

/// A row in JSON.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum JsonRow {
    Values { default: Box<RawValue> },
    Whole(Box<RawValue>),
}

impl JsonRow {
    /// Returns the bytes of the row and of the comma after it.
    pub(crate) fn size(&self) -> u64 {
        let (json, around) = match self {
            Self::Values { default } => (default, r#"{"default":},"#),
            Self::Whole(row) => (row, ","),
        };
        json.get().len().saturating_add(around.len()) as u64
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

/// 2⁵³: up to here, floats are exact to an integer.
const EXACT: f64 = 9_007_199_254_740_992.0;
const NO_VALUES: &str = "it has no values";
