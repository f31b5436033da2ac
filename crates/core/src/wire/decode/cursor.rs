//! A position in a text, and the JSON tokens at it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Deserializer;

use super::text::{index_at_start, text_at_start, without_space};

/// A position in a text.
///
/// If a method returns `None`, the next bytes are not the expected ones, and the position is unspecified.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    /// The text after the position.
    pub(super) rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Skips `token`, if it is next.
    #[inline]
    pub(super) fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    #[inline]
    pub(super) fn token(&mut self, token: &str) -> Option<()> {
        self.eat(token).then_some(())
    }

    #[inline]
    pub(super) fn space(&mut self) {
        self.rest = without_space(self.rest);
    }

    /// Skips a colon and the whitespace around it.
    #[inline]
    pub(super) fn colon(&mut self) -> Option<()> {
        self.space();
        self.token(":")?;
        self.space();
        Some(())
    }

    /// Skips the start of an object or array. Returns `true` if it is empty, and then skips its end as well.
    #[inline]
    pub(super) fn is_empty(&mut self, start: &str, end: &str) -> Option<bool> {
        self.token(start)?;
        self.space();
        Some(self.eat(end))
    }

    /// Skips either a comma and the whitespace around it, or the end of an object or array. Returns `true` at the end.
    #[inline]
    pub(super) fn is_end(&mut self, end: &str) -> Option<bool> {
        self.space();
        if self.eat(",") {
            self.space();
            return Some(false);
        }
        self.token(end)?;
        Some(true)
    }

    /// Reads a string without escapes.
    pub(super) fn plain_text(&mut self) -> Option<&'a str> {
        self.token("\"")?;
        let (text, after) = text_at_start(self.rest)?;
        self.rest = after;
        self.token("\"")?;
        Some(text)
    }

    /// Reads a string, with serde if it has escapes.
    pub(super) fn text(&mut self) -> Option<Cow<'a, str>> {
        let start = self.rest;
        if let Some(text) = self.plain_text() {
            return Some(Cow::Borrowed(text));
        }
        self.rest = start;
        self.by_serde().map(Cow::Owned)
    }

    fn by_serde<T: Deserialize<'a>>(&mut self) -> Option<T> {
        let mut values = Deserializer::from_str(self.rest).into_iter();
        let value = values.next()?.ok()?;
        self.rest = self.rest.get(values.byte_offset()..)?;
        Some(value)
    }

    /// Reads a non-negative number of at most 18 digits.
    pub(super) fn index(&mut self) -> Option<i64> {
        let (index, after) = index_at_start(self.rest)?;
        self.rest = after;
        Some(index)
    }

    /// Skips any value of at most this `depth`, with the same checks as one that is kept.
    pub(super) fn skip(&mut self, depth: u8) -> Option<()> {
        let (start, end) = match self.rest.bytes().next()? {
            b'{' => ("{", "}"),
            b'[' => ("[", "]"),
            b'"' => return self.text().map(drop),
            b'-' | b'0'..=b'9' => return self.skip_number(),
            _ => return (self.eat("true") || self.eat("false") || self.eat("null")).then_some(()),
        };
        let depth = depth.checked_sub(1)?;
        if self.is_empty(start, end)? {
            return Some(());
        }
        loop {
            if start == "{" {
                self.text()?;
                self.colon()?;
            }
            self.skip(depth)?;
            if self.is_end(end)? {
                return Some(());
            }
        }
    }

    fn skip_number(&mut self) -> Option<()> {
        if let Some((_, after)) = index_at_start(self.rest)
            && after.starts_with([',', '}', ']'])
        {
            self.rest = after;
            return Some(());
        }
        self.by_serde::<f64>().map(drop)
    }
}
