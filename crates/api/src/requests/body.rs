//! The body of a submit: rows and options, serialized once.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::finite::is_finite;
use crate::error::ConfigError;

/// The body of a submit while it is being written: `{"objects":[…`.
pub(crate) struct Body {
    json: Vec<u8>,
    rows: usize,
    options: Map<String, Value>,
    /// The first thing that is wrong with the import.
    refused: Option<ConfigError>,
}

impl Body {
    pub(crate) fn new() -> Self {
        Self {
            json: br#"{"objects":["#.to_vec(),
            rows: 0,
            options: Map::new(),
            refused: None,
        }
    }

    /// Refuses the import, unless something else was wrong with it before.
    pub(crate) fn refuse(&mut self, error: ConfigError) {
        self.refused.get_or_insert(error);
    }

    /// Adds a row, unless the import is refused: it is not sent then.
    pub(crate) fn push(&mut self, row: &impl Serialize) {
        if self.refused.is_some() {
            return;
        }
        if self.rows > 0 {
            self.json.push(b',');
        }
        let index = self.rows;
        self.rows = self.rows.saturating_add(1);
        if let Err(reason) = write_row(&mut self.json, row) {
            let reason = reason.into();
            self.refuse(ConfigError::Row { index, reason });
        }
    }

    /// Sets an option.
    pub(crate) fn set_option(&mut self, name: &str, value: &impl Serialize) {
        match serde_json::to_value(value) {
            _ if !is_finite(value) => self.refuse_option(name, NOT_FINITE),
            Ok(value) => {
                self.options.insert(name.to_owned(), value);
            }
            Err(_) => self.refuse_option(name, NOT_JSON),
        }
    }

    pub(crate) fn refuse_option(&mut self, name: &str, reason: &str) {
        let (name, reason) = (name.into(), reason.into());
        self.refuse(ConfigError::Option { name, reason });
    }

    /// Ends the body.
    pub(crate) fn finish(mut self) -> Result<Bytes, ConfigError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        if self.rows == 0 {
            return Err(ConfigError::NoRows);
        }
        self.json.push(b']');
        if !self.options.is_empty() {
            let options = Value::Object(self.options);
            self.json
                .extend_from_slice(format!(r#","options":{options}"#).as_bytes());
        }
        self.json.push(b'}');
        Ok(self.json.into())
    }
}

/// Appends a row, or a part of it and the reason why the server cannot take it.
fn write_row(json: &mut Vec<u8>, row: &impl Serialize) -> Result<(), Reason> {
    let start = json.len();
    // `serde_json` writes a number that is not finite as null, and refuses one that is a name.
    if !is_finite(row) {
        return Err(NOT_FINITE);
    }
    serde_json::to_writer(&mut *json, row).map_err(|_error| NOT_JSON)?;
    let written = json.get(start..).unwrap_or_default();
    if !written.starts_with(b"{") {
        return Err(NO_OBJECT);
    }
    match serde_json::from_slice(written) {
        Ok(Fields {
            default: None,
            list: None,
        }) => Err(NO_FIELDS),
        Ok(Fields { .. }) => Ok(()),
        Err(error) if error.is_data() => Err("it names `default` or `list` twice"),
        Err(_) => Err(NOT_JSON),
    }
}

/// Those fields of a row that are there and not null.
#[derive(Deserialize)]
struct Fields {
    default: Option<IgnoredAny>,
    list: Option<IgnoredAny>,
}

/// Why a row is refused. It never quotes what serde says, which may contain a value.
type Reason = &'static str;

const NOT_JSON: Reason = "it does not serialize to JSON";
const NOT_FINITE: Reason = "it holds a number that is not finite";
const NO_OBJECT: Reason = "it is not an object";
const NO_FIELDS: Reason = "it has neither `default` nor `list`";

#[cfg(test)]
mod tests;
