//! Rows of a JSON array. An element is found by its brackets and then read by `serde_json`, so that memory is bounded by
//! the longest row.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use super::{MAX_ROW, Place, Read, Rows, lines::object};
use crate::error::InputError;

pub(super) struct Elements {
    path: PathBuf,
    bytes: Box<dyn BufRead + Send>,
    at: Place,
    element: Vec<u8>,
    is_after_comma: bool,
    is_over: bool,
}

impl Elements {
    pub(super) fn new(path: &Path, bytes: Box<dyn BufRead + Send>) -> Result<Self, InputError> {
        let at = Place { line: 1, byte: 0 };
        let mut elements = Self {
            path: path.to_owned(),
            bytes,
            at,
            element: Vec::new(),
            is_after_comma: false,
            is_over: false,
        };
        match elements.skip_space()? {
            Some(b'[') => {
                elements.bump(b'[');
                Ok(elements)
            }
            _ => Err(elements.wrong("it does not begin with `[`; an object a line is NDJSON")),
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, InputError> {
        let buffer = self
            .bytes
            .fill_buf()
            .map_err(|error| InputError::io_at(&self.path, self.at.line, error))?;
        Ok(buffer.first().copied())
    }

    fn bump(&mut self, byte: u8) {
        self.bytes.consume(1);
        self.at.byte = self.at.byte.saturating_add(1);
        self.at.line = self.at.line.saturating_add(u64::from(byte == b'\n'));
    }

    fn skip_space(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            match self.peek()? {
                Some(byte) if byte.is_ascii_whitespace() => self.bump(byte),
                other => return Ok(other),
            }
        }
    }

    /// Reads to the comma or bracket after an element, outside of strings and of nested brackets.
    fn read_element(&mut self) -> Result<(), InputError> {
        self.element.clear();
        let (mut depth, mut is_string, mut is_escaped) = (0_u32, false, false);
        loop {
            let Some(byte) = self.peek()? else {
                return Err(self.wrong("it ends within the array"));
            };
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_string => is_escaped = true,
                b'"' => is_string = !is_string,
                b'{' | b'[' if !is_string => depth = depth.saturating_add(1),
                b']' | b',' if !is_string && depth == 0 => return Ok(()),
                b'}' | b']' if !is_string => depth = depth.saturating_sub(1),
                _ => {}
            }
            if self.element.len() >= MAX_ROW {
                return Err(self.wrong(&format!("a row is longer than {MAX_ROW} bytes")));
            }
            self.element.push(byte);
            self.bump(byte);
        }
    }

    fn wrong(&self, reason: &str) -> InputError {
        InputError::new(&self.path, format!("line {}: {reason}", self.at.line))
    }
}

impl Rows for Elements {
    fn next_row(&mut self) -> Result<Option<Read<'_>>, InputError> {
        if self.is_over {
            return Ok(None);
        }
        if self.skip_space()? == Some(b']') {
            if self.is_after_comma {
                return Err(self.wrong("there is no row between `,` and `]`"));
            }
            self.bump(b']');
            self.is_over = true;
            return match self.skip_space()? {
                None => Ok(None),
                Some(_) => Err(self.wrong("there is more after the array")),
            };
        }
        let place = self.at;
        self.read_element()?;
        self.is_after_comma = self.peek()? == Some(b',');
        if self.is_after_comma {
            self.bump(b',');
        }
        Ok(Some(object(place, &self.element)))
    }
}
