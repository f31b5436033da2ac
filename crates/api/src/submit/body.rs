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

    /// Writes a row behind those before it, or leaves the body as it was.
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

    /// Ends the body.
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

/// Writes a row, and sees that the server can take it.
fn write(json: &mut Vec<u8>, names: &mut Names, row: &impl Serialize) -> Result<(), &'static str> {
    let start = json.len();
    let mut writer = Writer::new(json, names);
    let written = row.serialize(&mut writer);
    let found = writer.found();
    if written.is_err() {
        return Err(if found.infinite {
            "it holds a number that is not finite"
        } else {
            "it does not serialize to JSON"
        });
    }
    match found.form {
        Form::Raw => check_raw(json.get(start..).unwrap_or_default()),
        Form::Other => Err(NO_OBJECT),
        Form::Object if found.default || found.list => Ok(()),
        Form::Object => Err(NO_FIELDS),
    }
}

/// Sees that a row of ready JSON is one the server can take.
fn check_raw(row: &[u8]) -> Result<(), &'static str> {
    #[derive(Deserialize)]
    struct Fields {
        default: Option<IgnoredAny>,
        list: Option<IgnoredAny>,
    }

    // serde reads a struct from an array too.
    if !row.starts_with(b"{") {
        return Err(NO_OBJECT);
    }
    match serde_json::from_slice(row) {
        Ok(Fields {
            default: None,
            list: None,
        }) => Err(NO_FIELDS),
        Ok(Fields { .. }) => Ok(()),
        Err(_) => Err("it names `default` or `list` twice"),
    }
}

const NO_OBJECT: &str = "it is no object";
const NO_FIELDS: &str = "it has neither `default` nor `list`";

#[cfg(test)]
mod tests;
