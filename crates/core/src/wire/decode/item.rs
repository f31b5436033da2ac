//! A value of a document.

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::{Deserializer, error::Category};

use super::object::{Odd, Read, Slot};

/// A text that starts with a value.
pub(super) struct Item<'de> {
    pub(super) text: &'de str,
    /// Whether the body ends with `text`, so that a number may end with it.
    pub(super) last: bool,
    /// The length of the value after it was read, and otherwise that of a bracket or comma.
    pub(super) used: usize,
}

impl<'de> Item<'de> {
    /// Reads the value of a field.
    pub(super) fn value(&mut self, slot: Slot<'_>) -> Result<Read, Stop> {
        let mut odd = self.by_serde(slot)?;
        if let Some(odd) = odd.as_mut().filter(|odd| odd.kind == Odd::Float) {
            odd.text = self.text.get(..self.used).map(Into::into);
        }
        Ok(odd)
    }

    pub(super) fn by_serde<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Stop> {
        let text = self.text;
        let mut json = Deserializer::from_str(text);
        let value = seed
            .deserialize(&mut json)
            .map_err(|error| Stop::of(&error, text, self.last))?;
        self.used = json.into_iter::<IgnoredAny>().byte_offset();
        let (value_text, after) = text.split_at_checked(self.used).unwrap_or((text, ""));
        if value_text.ends_with(['}', ']', '"']) {
            return Ok(value);
        }
        // A number or a literal ends where something else begins.
        match after.bytes().next() {
            None if !self.last => Err(Stop::Incomplete),
            None
            | Some(b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'[' | b']' | b'{' | b'}' | b',' | b':') => {
                Ok(value)
            }
            Some(_) => {
                let at = self.used.saturating_add(1);
                Err(Stop::Wrong("trailing characters".into(), at))
            }
        }
    }
}

/// Why a piece was not read.
pub(super) enum Stop {
    /// The text ends within the piece, which must be read again with more text.
    Incomplete,
    /// The piece is invalid. Contains the message, and the position of the error in the piece.
    Wrong(Box<str>, usize),
}

impl Stop {
    /// Creates the error of a piece that must not be there.
    pub(super) fn wrong(message: &str) -> Self {
        Self::Wrong(message.into(), 0)
    }

    fn of(error: &serde_json::Error, text: &str, last: bool) -> Self {
        // Lines and columns count from 1, and columns are in bytes.
        let lines = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1));
        let before = lines.map(str::len).fold(0, usize::saturating_add);
        let offset = before.saturating_add(error.column()).min(text.len());
        // The position of an error at the end depends on the following text.
        if error.classify() == Category::Eof || offset == text.len() && !last {
            return Self::Incomplete;
        }
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message);
        Self::Wrong(message.into(), offset)
    }
}
