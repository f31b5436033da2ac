//! The body of a submit: rows and options, serialized once.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::writer::{Form, Names, Writer};
use crate::error::ConfigError;

/// The body of a submit while it is being written: `{"objects":[…`.
#[derive(Clone)]
pub(super) struct Body {
    json: Vec<u8>,
    names: Names,
    rows: usize,
    options: Map<String, Value>,
}

impl Body {
    pub(super) fn new() -> Self {
        Self {
            json: br#"{"objects":["#.to_vec(),
            names: Names::default(),
            rows: 0,
            options: Map::new(),
        }
    }

    /// Appends a row. On an error the body is unchanged.
    pub(super) fn push(&mut self, row: &impl Serialize) -> Result<(), ConfigError> {
        let end = self.json.len();
        if self.rows > 0 {
            self.json.push(b',');
        }
        if let Err(reason) = write(&mut self.json, &mut self.names, row) {
            self.json.truncate(end);
            return Err(ConfigError::Row {
                index: self.rows,
                reason: reason.into(),
            });
        }
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    pub(super) fn set_option(&mut self, name: &str, value: Value) {
        self.options.insert(name.to_owned(), value);
    }

    /// Finishes the body.
    pub(super) fn finish(mut self) -> Result<Bytes, ConfigError> {
        if self.rows == 0 {
            return Err(ConfigError::NoRows);
        }
        self.json.push(b']');
        if !self.options.is_empty() {
            self.json.extend_from_slice(br#","options":"#);
            self.json
                .extend_from_slice(Value::Object(self.options).to_string().as_bytes());
        }
        self.json.push(b'}');
        Ok(self.json.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, bytes) = (self.rows, self.json.len());
        f.debug_struct("Body")
            .field("rows", &rows)
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// Writes a row and checks that the server can accept it.
fn write(json: &mut Vec<u8>, names: &mut Names, row: &impl Serialize) -> Result<(), &'static str> {
    let start = json.len();
    let mut writer = Writer::new(json, names);
    let written = row.serialize(&mut writer);
    let shape = writer.shape();
    if written.is_err() {
        return Err(if shape.not_finite {
            "it contains a number that is not finite"
        } else {
            "it does not serialize to JSON"
        });
    }
    match shape.form {
        Form::Raw => check_raw(json.get(start..).unwrap_or_default()),
        Form::Other => Err(NOT_AN_OBJECT),
        Form::Object if shape.default || shape.list => Ok(()),
        Form::Object => Err(NO_FIELDS),
    }
}

/// Checks that a row of raw JSON is one that the server can accept.
fn check_raw(row: &[u8]) -> Result<(), &'static str> {
    #[derive(Deserialize)]
    struct Fields {
        default: Option<IgnoredAny>,
        list: Option<IgnoredAny>,
    }

    // serde also deserializes a struct from an array.
    if !row.starts_with(b"{") {
        return Err(NOT_AN_OBJECT);
    }
    match serde_json::from_slice(row) {
        Ok(Fields {
            default: None,
            list: None,
        }) => Err(NO_FIELDS),
        Ok(Fields { .. }) => Ok(()),
        Err(_) => Err("it contains `default` or `list` twice"),
    }
}

const NOT_AN_OBJECT: &str = "it is not an object";
const NO_FIELDS: &str = "it has neither `default` nor `list`";

#[cfg(test)]
mod tests;
