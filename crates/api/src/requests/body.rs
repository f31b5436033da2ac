//! The body of a submit: rows and options, serialized once.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::finite::is_finite;
use crate::error::ConfigError;

/// The body of a submit while it is being written: `{"objects":[…`.
#[derive(Clone)]
pub(crate) struct Body {
    json: Vec<u8>,
    rows: usize,
    options: Map<String, Value>,
}

impl Body {
    pub(crate) fn new() -> Self {
        Self {
            json: br#"{"objects":["#.to_vec(),
            rows: 0,
            options: Map::new(),
        }
    }

    /// Adds a row, or leaves the body as it was.
    pub(crate) fn push(&mut self, row: &impl Serialize) -> Result<(), ConfigError> {
        let end = self.json.len();
        if self.rows > 0 {
            self.json.push(b',');
        }
        if let Err(reason) = write_row(&mut self.json, row) {
            self.json.truncate(end);
            return Err(ConfigError::Row {
                index: self.rows,
                reason: reason.into(),
            });
        }
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    /// Sets an option, or leaves the options as they were.
    pub(crate) fn set_option<T: Serialize>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), ConfigError> {
        let refuse = |reason: &str| ConfigError::Option {
            name: name.into(),
            reason: reason.into(),
        };
        if !is_finite(value) {
            return Err(refuse(NOT_FINITE));
        }
        let value = serde_json::to_value(value).map_err(|_error| refuse(NOT_JSON))?;
        self.options.insert(name.to_owned(), value);
        Ok(())
    }

    /// Ends the body.
    pub(super) fn finish(mut self) -> Result<Bytes, ConfigError> {
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

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} rows, {} bytes)", self.rows, self.json.len())
    }
}

/// Appends a row, or a part of it and the reason why the server cannot take it.
fn write_row(json: &mut Vec<u8>, row: &impl Serialize) -> Result<(), Reason> {
    let start = json.len();
    let written = serde_json::to_writer(&mut *json, row);
    let row_json = json.get(start..).unwrap_or_default();
    let fields = Fields::of(row_json);
    // `serde_json` writes a number that is not finite as null, and refuses one that is a name.
    if (written.is_err() || fields.has_null) && !is_finite(row) {
        return Err(NOT_FINITE);
    }
    written.map_err(|_error| NOT_JSON)?;
    if !row_json.starts_with(b"{") {
        Err(NO_OBJECT)
    } else if fields.is_repeated {
        Err("it names `default` or `list` twice")
    } else if fields.default == Some(true) || fields.list == Some(true) {
        Ok(())
    } else {
        Err(NO_FIELDS)
    }
}

/// What a row has, as found in its text: to parse it takes longer than to write it.
#[derive(Default)]
struct Fields {
    /// Whether the field holds anything but null, if it is there.
    default: Option<bool>,
    list: Option<bool>,
    is_repeated: bool,
    /// There is a null, at any depth.
    has_null: bool,
}

impl Fields {
    /// Finds the fields of an object in text that is JSON.
    fn of(mut text: &[u8]) -> Self {
        let mut fields = Self::default();
        let (mut depth, mut string) = (0_i32, text);
        while let Some((byte, rest)) = text.split_first() {
            text = rest;
            match byte {
                b'"' => (string, text) = split_string(rest),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b':' if depth == 1 => fields.add(string, rest.trim_ascii_start()),
                b'n' => fields.has_null = true,
                _ => {}
            }
        }
        fields
    }

    fn add(&mut self, name: &[u8], value: &[u8]) {
        let field = match name {
            b"default" => &mut self.default,
            b"list" => &mut self.list,
            _ => return,
        };
        let before = field.replace(!value.starts_with(b"null"));
        self.is_repeated |= before.is_some();
    }
}

/// Splits text within a string into the rest of the string and what follows its closing quote.
fn split_string(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    while let Some(byte) = text.get(end)
        && *byte != b'"'
    {
        end += if *byte == b'\\' { 2 } else { 1 };
    }
    let (string, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    (string, rest.get(1..).unwrap_or_default())
}

/// Why a row is refused. It never quotes what serde says, which may contain a value.
type Reason = &'static str;

const NOT_JSON: Reason = "it does not serialize to JSON";
const NOT_FINITE: Reason = "it holds a number that is not finite";
const NO_OBJECT: Reason = "it is not an object";
const NO_FIELDS: Reason = "it has neither `default` nor `list`";

#[cfg(test)]
mod tests;
