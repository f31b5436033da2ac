//! A value of a document, read by serde.

use std::{borrow::Cow, fmt};

use serde::de::{self, Deserialize};
use serde_json::{Deserializer, error::Category};

use super::{
    object::{Name, Source},
    text::{index_at_start, text_at_start},
    value::{Nullable, Value},
};

/// A text that starts with a value.
#[derive(Debug)]
pub(super) struct Item<'de> {
    text: &'de str,
    /// Whether the body ends with `text`, so that a number may end with it.
    last: bool,
    /// The length of the value, after it was read.
    used: usize,
}

impl<'de> Item<'de> {
    pub(super) fn new(text: &'de str, last: bool) -> Self {
        Self {
            text,
            last,
            used: 0,
        }
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Reads the name of a field.
    pub(super) fn name(&mut self) -> Result<Cow<'de, str>, ItemError> {
        if let Some(name) = self.plain_text() {
            return Ok(Cow::Borrowed(name));
        }
        let Name(name) = self.value()?;
        Ok(name)
    }

    /// Reads a string without escapes, if the text starts with one.
    fn plain_text(&mut self) -> Option<&'de str> {
        let (text, _) = text_at_start(self.text.strip_prefix('"')?)?;
        self.used = text.len().saturating_add(2);
        Some(text)
    }

    /// Reads a short number, if the text starts with one and does not end with it.
    fn plain_integer(&mut self) -> Option<i64> {
        let (integer, after) = index_at_start(self.text)?;
        after.starts_with([',', '}']).then(|| {
            self.used = self.text.len().saturating_sub(after.len());
            integer
        })
    }

    /// Returns `true` if reading stopped at the end of the text and more text may follow. A number may then have more
    /// digits, and the position of an error depends on the following text.
    fn may_continue(&self, read: usize) -> bool {
        read == self.text.len() && !self.last
    }

    /// Returns `true` if the text ends with a delimiter of an object, an array or a string.
    fn ends_with_delimiter(&self) -> bool {
        matches!(self.text.bytes().last(), Some(b'}' | b']' | b'"'))
    }
}

impl<'de> Source<'de> for Item<'de> {
    type Error = ItemError;

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, ItemError> {
        let mut values = Deserializer::from_str(self.text).into_iter();
        match values.next() {
            Some(Ok(value)) => {
                self.used = values.byte_offset();
                if self.may_continue(self.used) && !self.ends_with_delimiter() {
                    return Err(ItemError::Incomplete);
                }
                Ok(value)
            }
            Some(Err(error)) => {
                let error = ItemError::of(&error, self.text);
                let may_continue =
                    matches!(&error, ItemError::Wrong { offset, .. } if self.may_continue(*offset));
                Err(if may_continue {
                    ItemError::Incomplete
                } else {
                    error
                })
            }
            None => Err(ItemError::Incomplete),
        }
    }

    /// Reads simple values directly, and all others with serde, which also creates the errors.
    fn nullable<T: Value<'de>>(&mut self) -> Result<Option<T>, ItemError> {
        let plain = match self.text.bytes().next() {
            Some(b'"') => self.plain_text().map(Cow::Borrowed).and_then(T::from_text),
            Some(b'0'..=b'9') => self
                .plain_integer()
                .and_then(|integer| T::from_number(&integer.into())),
            _ => None,
        };
        if plain.is_some() {
            return Ok(plain);
        }
        let Nullable::<T>(mut value) = self.value()?;
        if let Some((value, raw)) = value.as_mut().zip(self.text.get(..self.used)) {
            value.set_raw(raw);
        }
        Ok(value)
    }
}

/// Why a value could not be read.
#[derive(Debug)]
pub(super) enum ItemError {
    /// The text ends within the value.
    Incomplete,
    /// The value is invalid at byte `offset` of the text.
    Wrong { message: Box<str>, offset: usize },
}

impl ItemError {
    fn of(error: &serde_json::Error, text: &str) -> Self {
        match error.classify() {
            Category::Eof => Self::Incomplete,
            Category::Syntax | Category::Data | Category::Io => {
                let offset = byte_offset(text, error.line(), error.column());
                let message = error.to_string();
                let place = format!(" at line {} column {}", error.line(), error.column());
                let message = message.strip_suffix(&place).unwrap_or(&message);
                Self::Wrong {
                    message: message.into(),
                    offset,
                }
            }
        }
    }
}

/// Returns the byte offset of a line and column. Both count from 1, and columns are in bytes.
fn byte_offset(text: &str, line: usize, column: usize) -> usize {
    let before = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len);
    before
        .fold(0, usize::saturating_add)
        .saturating_add(column)
        .min(text.len())
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => f.write_str("incomplete"),
            Self::Wrong { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for ItemError {}

impl de::Error for ItemError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Wrong {
            message: message.to_string().into(),
            offset: 0,
        }
    }
}
