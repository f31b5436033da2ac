//! A position in a text, and the JSON tokens at it.

use std::borrow::Cow;

use super::text::{escaped_text_at_start, index_at_start, text_at_start, without_space};

/// A position in a text.
///
/// If a method returns `None`, the next bytes are not the expected ones, and the position is unspecified.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Returns the text after the position.
    #[inline]
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Moves to the start of `rest`, which is a later part of the same text.
    #[inline]
    pub(super) fn move_to(&mut self, rest: &'a str) {
        self.rest = rest;
    }

    /// Returns the next byte.
    #[inline]
    pub(super) fn next(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

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
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
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

    /// Reads a string.
    pub(super) fn text(&mut self) -> Option<Cow<'a, str>> {
        let start = self.rest;
        if let Some(text) = self.plain_text() {
            return Some(Cow::Borrowed(text));
        }
        self.rest = start;
        self.token("\"")?;
        let (text, after) = escaped_text_at_start(self.rest)?;
        self.rest = after;
        Some(Cow::Owned(text))
    }

    /// Reads a non-negative number of at most 18 digits.
    pub(super) fn index(&mut self) -> Option<i64> {
        let (index, after) = index_at_start(self.rest)?;
        self.rest = after;
        Some(index)
    }

    /// Skips any value, with the same checks as one that is kept.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_to(DEEPEST)
    }

    fn skip_to(&mut self, depth: u8) -> Option<()> {
        match self.next()? {
            b'"' => self.text().map(drop),
            b'{' => self.skip_all("{", "}", depth, |cursor, depth| {
                cursor.text()?;
                cursor.colon()?;
                cursor.skip_to(depth)
            }),
            b'[' => self.skip_all("[", "]", depth, Self::skip_to),
            b'-' | b'0'..=b'9' => self.skip_number(),
            _ => (self.eat("true") || self.eat("false") || self.eat("null")).then_some(()),
        }
    }

    /// Skips an object or array. `skip` skips one of its elements.
    fn skip_all(
        &mut self,
        start: &str,
        end: &str,
        depth: u8,
        skip: fn(&mut Self, u8) -> Option<()>,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        if self.is_empty(start, end)? {
            return Some(());
        }
        loop {
            skip(self, depth)?;
            if self.is_end(end)? {
                return Some(());
            }
        }
    }

    /// Skips a number whose magnitude is far from the limits of a double.
    fn skip_number(&mut self) -> Option<()> {
        let start = self.rest.len();
        self.eat("-");
        let zero = self.rest.starts_with('0');
        if self.digits()? > 1 && zero {
            return None;
        }
        if self.eat(".") {
            self.digits()?;
        }
        if start.wrapping_sub(self.rest.len()) > LONGEST_NUMBER {
            return None;
        }
        if self.eat("e") || self.eat("E") {
            let _ = self.eat("+") || self.eat("-");
            return (self.digits()? <= 2).then_some(());
        }
        Some(())
    }

    /// Skips at least one digit and returns their number.
    fn digits(&mut self) -> Option<usize> {
        let rest = self
            .rest
            .trim_start_matches(|char: char| char.is_ascii_digit());
        let len = self.rest.len().wrapping_sub(rest.len());
        self.rest = rest;
        (len > 0).then_some(len)
    }
}

/// The maximum depth of a skipped value. serde's limit is 127.
const DEEPEST: u8 = 32;

/// The maximum length of a number without its exponent. With an exponent of two digits, it is finite.
const LONGEST_NUMBER: usize = 64;
