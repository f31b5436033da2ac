//! The body of a submit: rows and options, serialized once.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    finite::is_finite,
    row::{self, NOT_FINITE, NOT_JSON},
};
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
        if let Err(reason) = row::write(&mut self.json, row) {
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

#[cfg(test)]
mod tests;
