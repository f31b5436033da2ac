//! The body of a submit: rows and options, serialized once.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Map, Value};

use crate::error::ConfigError;

/// The body of a submit while it is being written: `{"objects":[…`.
#[derive(Clone, Debug)]
pub(super) struct Body {
    json: Vec<u8>,
    rows: usize,
    options: Map<String, Value>,
}

/// What a row must be to be sent.
#[derive(Deserialize)]
struct Shape {
    #[serde(default)]
    default: Option<IgnoredAny>,
    #[serde(default)]
    list: Option<IgnoredAny>,
}

impl Body {
    pub(super) fn new() -> Self {
        Self {
            json: br#"{"objects":["#.to_vec(),
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
        let start = self.json.len();
        // The serializer's error may quote the row, so it is not kept.
        let written = serde_json::to_writer(&mut self.json, row)
            .ok()
            .ok_or("it does not serialize to JSON");
        let checked = written.and_then(|()| check(self.json.get(start..).unwrap_or_default()));
        if let Err(reason) = checked {
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

fn check(row: &[u8]) -> Result<(), &'static str> {
    // serde reads a struct from an array too.
    if !row.starts_with(b"{") {
        return Err("it is no object");
    }
    match serde_json::from_slice(row) {
        Ok(Shape {
            default: None,
            list: None,
        }) => Err("it has neither `default` nor `list`"),
        Ok(Shape { .. }) => Ok(()),
        Err(_) => Err("it names `default` or `list` twice"),
    }
}
