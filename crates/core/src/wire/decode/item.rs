//! One value of a document, read by serde from the text that starts with it.

use std::fmt;

use serde::de::{self, Deserialize};
use serde_json::{Deserializer, error::Category};

use super::object::Source;

/// The text from a value on.
#[derive(Debug)]
pub(super) struct Item<'de> {
    text: &'de str,
    /// Whether nothing follows `text`, so that a number may end with it.
    last: bool,
    /// Bytes of the value, once it was read.
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

    /// Tells whether what was read, right or wrong, may be the first part of something longer: it ends with
    /// the text, and unlike an object, an array or a string, a number or a word does not end itself.
    fn may_go_on(&self, read: usize) -> bool {
        let ends_itself = matches!(self.text.bytes().last(), Some(b'}' | b']' | b'"'));
        read == self.text.len() && !ends_itself && !self.last
    }
}

impl<'de> Source<'de> for Item<'de> {
    type Error = ItemError;

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, ItemError> {
        let mut values = Deserializer::from_str(self.text).into_iter();
        match values.next() {
            Some(Ok(value)) => {
                self.used = values.byte_offset();
                if self.may_go_on(self.used) {
                    return Err(ItemError::Incomplete);
                }
                Ok(value)
            }
            Some(Err(error)) => {
                let error = ItemError::of(&error, self.text);
                let may_go_on =
                    matches!(&error, ItemError::Wrong { offset, .. } if self.may_go_on(*offset));
                Err(if may_go_on {
                    ItemError::Incomplete
                } else {
                    error
                })
            }
            None => Err(ItemError::Incomplete),
        }
    }
}

/// Why a value could not be read.
#[derive(Debug)]
pub(super) enum ItemError {
    /// The text ends within the value.
    Incomplete,
    /// The value is wrong, `offset` bytes into the text.
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

/// Finds the byte at a line and column, both counted from 1 and in bytes.
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
