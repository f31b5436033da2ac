//! The body of a submit: rows and options, serialized once.

use std::{
    fmt,
    io::{self, Write},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{
    Map, Serializer, Value,
    ser::{CharEscape, CompactFormatter, Formatter},
};

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
    let mut fields = Fields::default();
    let written = row.serialize(&mut Serializer::with_formatter(&mut *json, &mut fields));
    // `serde_json` writes a number that is not finite as null, and refuses one that is a name.
    if (written.is_err() || fields.has_null) && !is_finite(row) {
        return Err(NOT_FINITE);
    }
    written.map_err(|_error| NOT_JSON)?;
    if json.get(start) != Some(&b'{') {
        Err(NO_OBJECT)
    } else if fields.is_repeated {
        Err("it names `default` or `list` twice")
    } else if fields.default == Some(true) || fields.list == Some(true) {
        Ok(())
    } else {
        Err(NO_FIELDS)
    }
}

/// Notes which fields a row has while `serde_json` writes it.
#[derive(Default)]
struct Fields {
    /// Whether the field holds anything but null, if it is there.
    default: Option<bool>,
    list: Option<bool>,
    is_repeated: bool,
    /// There is a null, at any depth.
    has_null: bool,
    /// How many objects and arrays are open. The fields of the row are at depth 1.
    depth: usize,
    name: Name,
}

/// The name of the field that is being written.
#[derive(Clone, Copy, Default)]
enum Name {
    #[default]
    Empty,
    Default,
    List,
    Other,
}

impl Fields {
    /// Notes a value of the row, and whether it is anything but null. Returns what was noted before.
    fn set(&mut self, is_some: bool) -> Option<bool> {
        match (self.name, self.depth) {
            (Name::Default, 1) => self.default.replace(is_some),
            (Name::List, 1) => self.list.replace(is_some),
            _ => None,
        }
    }
}

/// The compact form of JSON.
impl Formatter for &mut Fields {
    fn write_null<W: Write + ?Sized>(&mut self, json: &mut W) -> io::Result<()> {
        self.has_null = true;
        self.set(false);
        CompactFormatter.write_null(json)
    }

    fn write_raw_fragment<W: Write + ?Sized>(&mut self, json: &mut W, raw: &str) -> io::Result<()> {
        if raw == "null" {
            self.set(false);
        } else if self.depth == 0 {
            match serde_json::from_str(raw) {
                Ok(RawRow { default, list }) => {
                    self.default = default.map(|_| true);
                    self.list = list.map(|_| true);
                }
                // It is JSON: nothing else can be wrong with an object.
                Err(_) => self.is_repeated = true,
            }
        }
        CompactFormatter.write_raw_fragment(json, raw)
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        json: &mut W,
        part: &str,
    ) -> io::Result<()> {
        self.name = match (self.name, part) {
            (Name::Empty, "default") => Name::Default,
            (Name::Empty, "list") => Name::List,
            _ => Name::Other,
        };
        CompactFormatter.write_string_fragment(json, part)
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        json: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.name = Name::Other;
        CompactFormatter.write_char_escape(json, escape)
    }

    fn begin_array<W: Write + ?Sized>(&mut self, json: &mut W) -> io::Result<()> {
        self.depth += 1;
        CompactFormatter.begin_array(json)
    }

    fn end_array<W: Write + ?Sized>(&mut self, json: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_array(json)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, json: &mut W) -> io::Result<()> {
        self.depth += 1;
        CompactFormatter.begin_object(json)
    }

    fn end_object<W: Write + ?Sized>(&mut self, json: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_object(json)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, json: &mut W, first: bool) -> io::Result<()> {
        self.name = Name::Empty;
        CompactFormatter.begin_object_key(json, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, json: &mut W) -> io::Result<()> {
        self.is_repeated |= self.set(true).is_some();
        CompactFormatter.begin_object_value(json)
    }
}

/// A row that is JSON already.
#[derive(Deserialize)]
struct RawRow {
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
