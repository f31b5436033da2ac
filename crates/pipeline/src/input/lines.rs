//! Rows of NDJSON files: one object a line.

use std::{
    io::{BufRead, Read as _},
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{MAX_ROW, NOT_UTF8, Place, Read, Rows};
use crate::{
    error::InputError,
    row::{Row, is_exact},
};

pub(super) struct Lines {
    path: PathBuf,
    bytes: Box<dyn BufRead + Send>,
    next: Place,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn new(path: &Path, bytes: Box<dyn BufRead + Send>) -> Self {
        let next = Place { line: 1, byte: 0 };
        Self {
            path: path.to_owned(),
            bytes,
            next,
            line: Vec::new(),
        }
    }
}

impl Rows for Lines {
    fn next_row(&mut self) -> Result<Option<Read<'_>>, InputError> {
        loop {
            self.line.clear();
            let place = self.next;
            let read = (&mut self.bytes)
                .take(MAX_ROW as u64 + 1)
                .read_until(b'\n', &mut self.line);
            let read = read.map_err(|error| InputError::io_at(&self.path, place.line, error))?;
            if read == 0 {
                return Ok(None);
            }
            if read > MAX_ROW {
                let reason = format!("line {}: it is longer than {MAX_ROW} bytes", place.line);
                return Err(InputError::new(&self.path, reason));
            }
            self.next = Place {
                line: place.line.saturating_add(1),
                byte: place.byte.saturating_add(read as u64),
            };
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(object(place, &self.line)));
            }
        }
    }
}

/// Reads an object of values.
pub(super) fn object(place: Place, bytes: &[u8]) -> Read<'static> {
    let fault = match str::from_utf8(bytes).map(serde_json::from_str) {
        Ok(Ok(Value::Object(fields))) if fields.values().any(loses_digits) => {
            "a number has more digits than are kept; write it as text".to_owned()
        }
        Ok(Ok(Value::Object(fields))) => {
            return Read {
                place,
                row: Row::Object(fields),
                fault: None,
            };
        }
        Ok(Ok(_)) => "it is no object".to_owned(),
        // The message of serde_json may quote what it read.
        Ok(Err(error)) => format!(
            "it is no JSON, at column {} of line {} of the row",
            error.column(),
            error.line()
        ),
        Err(_) => NOT_UTF8.to_owned(),
    };
    let text = String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
    Read {
        place,
        row: Row::Text(text),
        fault: Some(fault),
    }
}

/// Returns `true` if an integer of a value is beyond 64 bits, and was rounded when it was read.
fn loses_digits(value: &Value) -> bool {
    match value {
        Value::Number(number) => !is_exact(number),
        Value::Array(values) => values.iter().any(loses_digits),
        Value::Object(fields) => fields.values().any(loses_digits),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
