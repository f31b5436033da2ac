//! A position in a text, and the JSON tokens at it.

use std::borrow::Cow;

use super::text::{escaped_text_at_start, index_at_start, text_at_start};

/// A position in a text.
///
/// If a method returns `None`, the next bytes are not the expected ones, and the position is unspecified.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns the number of bytes before the position.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Returns the bytes after the position.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn rest_text(&self) -> Option<&'a str> {
        self.text.get(self.at..)
    }

    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
    }

    fn advance_to(&mut self, after: &str) {
        self.at = self.text.len().wrapping_sub(after.len());
    }

    /// Skips `bytes`, if they are next.
    #[inline]
    pub(super) fn eat(&mut self, bytes: &[u8]) -> bool {
        let next = self.rest().starts_with(bytes);
        if next {
            self.advance(bytes.len());
        }
        next
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) -> Option<()> {
        self.eat(&[byte]).then_some(())
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.rest().first() {
            self.advance(1);
        }
    }

    /// Skips a colon and the whitespace around it.
    #[inline]
    pub(super) fn colon(&mut self) -> Option<()> {
        self.space();
        self.byte(b':')?;
        self.space();
        Some(())
    }

    /// Skips the start of an object or array. Returns `true` if it is empty, and then skips its end as well.
    #[inline]
    pub(super) fn is_empty(&mut self, start: u8, end: u8) -> Option<bool> {
        self.byte(start)?;
        self.space();
        Some(self.eat(&[end]))
    }

    /// Skips either a comma and the whitespace around it, or the end of an object or array. Returns `true` at the end.
    #[inline]
    pub(super) fn is_end(&mut self, end: u8) -> Option<bool> {
        self.space();
        if self.eat(b",") {
            self.space();
            return Some(false);
        }
        self.byte(end)?;
        Some(true)
    }

    /// Reads a string without escapes.
    pub(super) fn plain_text(&mut self) -> Option<&'a str> {
        self.byte(b'"')?;
        let (text, after) = text_at_start(self.rest_text()?)?;
        self.advance_to(after);
        self.byte(b'"')?;
        Some(text)
    }

    /// Reads a string.
    pub(super) fn text(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if let Some(text) = self.plain_text() {
            return Some(Cow::Borrowed(text));
        }
        self.at = start;
        self.byte(b'"')?;
        let (text, after) = escaped_text_at_start(self.rest_text()?)?;
        self.advance_to(after);
        Some(Cow::Owned(text))
    }

    /// Reads a non-negative number of at most 18 digits.
    pub(super) fn index(&mut self) -> Option<i64> {
        let (index, after) = index_at_start(self.rest_text()?)?;
        self.advance_to(after);
        Some(index)
    }

    /// Skips any value, with the same checks as one that is kept.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_to(DEEPEST)
    }

    fn skip_to(&mut self, depth: u8) -> Option<()> {
        match self.rest().first()? {
            b'"' => self.text().map(drop),
            b'{' => self.skip_all(b'{', b'}', depth, |cursor, depth| {
                cursor.text()?;
                cursor.colon()?;
                cursor.skip_to(depth)
            }),
            b'[' => self.skip_all(b'[', b']', depth, Self::skip_to),
            b'-' | b'0'..=b'9' => self.skip_number(),
            _ => (self.eat(b"true") || self.eat(b"false") || self.eat(b"null")).then_some(()),
        }
    }

    /// Skips an object or array. `skip` skips one of its elements.
    fn skip_all(
        &mut self,
        start: u8,
        end: u8,
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
        let start = self.at;
        self.eat(b"-");
        let zero = self.rest().starts_with(b"0");
        if self.digits()? > 1 && zero {
            return None;
        }
        if self.eat(b".") {
            self.digits()?;
        }
        if self.at.wrapping_sub(start) > LONGEST_NUMBER {
            return None;
        }
        if self.eat(b"e") || self.eat(b"E") {
            let _ = self.eat(b"+") || self.eat(b"-");
            return (self.digits()? <= 2).then_some(());
        }
        Some(())
    }

    /// Skips at least one digit and returns their number.
    fn digits(&mut self) -> Option<usize> {
        let len = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.advance(len);
        (len > 0).then_some(len)
    }
}

/// The maximum depth of a skipped value. serde's limit is 127.
const DEEPEST: u8 = 32;

/// The maximum length of a number without its exponent. With an exponent of two digits, it is finite.
const LONGEST_NUMBER: usize = 64;
