//! The structure of a snapshot's JSON, read piece by piece.
//!
//! This module reads the structure of the object and of its array of rows. serde reads the values in them, except for
//! simple values and for usual rows, which [`RowReader`] reads. A piece is the name of a field, the value of a field, a
//! row, or a bracket. Whole bodies are read in windows, and incremental bodies in chunks. Both use [`Document::read`],
//! so both return the same rows and the same errors.

use std::{marker::PhantomData, str};

use super::{
    error::DecodeError,
    item::{Item, Stop},
    locate::{path_within, push_name},
    object::{Head, Name, Object, RESULTS, TWICE},
    plain_row::PlainRow,
    row_reader::RowReader,
    text::{index_at_start, text_at_start, without_space},
};
use crate::wire::{Row, Snapshot};

/// Receives the rows of a document.
pub(crate) trait Rows: Default {
    /// Whether the unknown fields of rows are kept.
    const KEEPS_UNKNOWN: bool;

    /// Whether serde reads all rows.
    const BY_SERDE: bool = false;

    /// Handles the beginning of the results, which may be empty.
    ///
    /// `total` is the number of rows, if it is before the results in the document. `bytes` is the number of remaining
    /// bytes, or 0 if it is unknown.
    fn begin(&mut self, total: Option<i64>, bytes: usize);

    fn push(&mut self, row: Row) {
        self.push_plain(&PlainRow::of(&row));
    }

    /// Handles a row without unknown fields that are kept.
    fn push_plain(&mut self, row: &PlainRow<'_>);
}

/// The state of reading a document.
#[derive(Debug, Default)]
pub(crate) struct Document<R: Rows> {
    pub(crate) head: Head,
    pub(crate) rows: R,
    next: Next,
    /// The fields of the head that were read.
    seen: u16,
    /// The name of the field that is being read.
    name: String,
    /// The number of bytes read so far.
    pub(crate) offset: usize,
    /// The length of the whole body, or 0 if it is unknown.
    len: usize,
    /// The number of rows read so far.
    row: usize,
}

/// The next expected piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    #[default]
    Start,
    FirstName,
    Name,
    Colon,
    Value,
    FieldEnd,
    FirstRow,
    Row,
    RowEnd,
    Nothing,
}

impl<R: Rows> Document<R> {
    /// Reads a whole body, like [`Document::finish`].
    pub(crate) fn read_whole(mut self, body: &[u8]) -> Result<(Snapshot, R), DecodeError> {
        let rest = self.read_in_windows(body, WINDOW)?;
        self.finish(rest)
    }

    /// Reads a whole body in windows of `length` bytes, and returns the last one. A window is still in the cache after
    /// its UTF-8 validation.
    pub(super) fn read_in_windows<'a>(
        &mut self,
        body: &'a [u8],
        length: usize,
    ) -> Result<&'a [u8], DecodeError> {
        self.len = body.len();
        let mut window = length;
        loop {
            let start = self.offset;
            let rest = body.get(start..).unwrap_or_default();
            let Some(bytes) = rest.get(..window) else {
                return Ok(rest);
            };
            self.read(bytes, false)?;
            // Longer pieces are read in longer windows.
            window = if self.offset == start {
                window.saturating_mul(2)
            } else {
                length
            };
        }
    }

    /// Reads the last `bytes` of a body. Returns the rows, and the snapshot without those that were passed to `R`.
    pub(crate) fn finish(mut self, bytes: &[u8]) -> Result<(Snapshot, R), DecodeError> {
        self.read(bytes, true)?;
        let snapshot = self.head.finish().map_err(|name| {
            let message = format_args!("the field `{name}` is missing");
            DecodeError::new(message, String::new(), self.offset)
        });
        Ok((snapshot?, self.rows))
    }

    /// Reads `bytes`, which start at [`Document::offset`], up to their end or to the first incomplete piece. If they are
    /// the `last` ones, they must end with the document.
    pub(crate) fn read(&mut self, bytes: &[u8], last: bool) -> Result<(), DecodeError> {
        let (text, error) = match str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                (str::from_utf8(valid).unwrap_or_default(), Some(error))
            }
        };
        let is_invalid = error.is_some_and(|error| error.error_len().is_some());
        let rest = self.read_text(text, is_invalid || last && error.is_none())?;
        let end = self.offset.saturating_add(rest.len());
        let path = || self.path(rest, rest.len());
        if is_invalid {
            return Err(DecodeError::new("expected UTF-8", path(), end));
        }
        let has_ended = self.next == Next::Nothing && rest.is_empty() && error.is_none();
        if last && !has_ended {
            let mut error = DecodeError::new("the body ends too early", path(), end);
            error.truncated = true;
            return Err(error);
        }
        Ok(())
    }

    /// Reads a text, and returns the incomplete piece at its end.
    fn read_text<'a>(&mut self, text: &'a str, last: bool) -> Result<&'a str, DecodeError> {
        let mut rest = text;
        loop {
            if let Next::FirstRow | Next::Row | Next::RowEnd = self.next {
                rest = self.rows(rest);
            }
            rest = self.skip_space(rest);
            let Some(byte) = rest.bytes().next() else {
                return Ok(rest);
            };
            match self.piece(byte, rest, last) {
                Ok(used) => {
                    self.advance(used);
                    rest = rest.get(used..).unwrap_or_default();
                }
                Err(Stop::Incomplete) => return Ok(rest),
                Err(Stop::Wrong(message, at)) => {
                    let offset = self.offset.saturating_add(at);
                    return Err(DecodeError::new(message, self.path(rest, at), offset));
                }
            }
        }
    }

    /// Reads usual rows and returns the text after the last one.
    fn rows<'a>(&mut self, text: &'a str) -> &'a str {
        if R::BY_SERDE {
            return text;
        }
        let mut reader = RowReader::new(text, !R::KEEPS_UNKNOWN);
        let (mut row, mut rest) = (PlainRow::default(), text);
        while let Some(after) = reader.read(self.next != Next::RowEnd, &mut row) {
            self.rows.push_plain(&row);
            self.row = self.row.saturating_add(1);
            self.next = Next::RowEnd;
            rest = after;
        }
        self.advance(text.len().saturating_sub(rest.len()));
        rest
    }

    /// Reads the piece that starts with `byte`, and returns its length.
    fn piece(&mut self, byte: u8, rest: &str, last: bool) -> Result<usize, Stop> {
        let mut item = Item {
            text: rest,
            last,
            used: 1,
        };
        self.next = match (self.next, byte) {
            (Next::Start, b'{') => Next::FirstName,
            (Next::FirstName | Next::FieldEnd, b'}') => Next::Nothing,
            (Next::FieldEnd, b',') => Next::Name,
            (Next::Colon, b':') => Next::Value,
            (Next::FirstRow | Next::RowEnd, b']') => Next::FieldEnd,
            (Next::RowEnd, b',') => Next::Row,
            (Next::FirstName | Next::Name, b'"') => {
                if let Some(used) = self.field(rest) {
                    return Ok(used);
                }
                let Name(name) = item.by_serde(PhantomData)?;
                self.name = name.into_owned();
                Next::Colon
            }
            (Next::Value, b'[') if self.name == RESULTS && self.seen & 1 == 0 => {
                self.seen |= 1;
                let left = self.len.saturating_sub(self.offset);
                self.rows.begin(self.head.total, left);
                Next::FirstRow
            }
            (Next::Value, _) => {
                let (name, seen) = (&self.name, &mut self.seen);
                self.head.read_field(name, seen, |slot| match slot {
                    Some(slot) => item.value(slot),
                    None => Err(Stop::wrong(TWICE)),
                })?;
                Next::FieldEnd
            }
            // serde would allocate the error of an incomplete row.
            (Next::FirstRow | Next::Row, b'{') if !last && !rest.contains('}') => {
                return Err(Stop::Incomplete);
            }
            (Next::FirstRow | Next::Row, _) => {
                self.rows.push(item.by_serde(PhantomData)?);
                self.row = self.row.saturating_add(1);
                Next::RowEnd
            }
            // Only an object is a snapshot, so this is an error.
            (Next::Start, _) => item
                .by_serde(PhantomData::<Snapshot>)
                .map(|_| Next::Nothing)?,
            (Next::FirstName | Next::Name, _) => {
                return Err(Stop::wrong("expected a field's name in quotes"));
            }
            (Next::Colon, _) => return Err(Stop::wrong("expected `:`")),
            (Next::FieldEnd, _) => return Err(Stop::wrong("expected `,` or `}`")),
            (Next::RowEnd, _) => return Err(Stop::wrong("expected `,` or `]`")),
            (Next::Nothing, _) => return Err(Stop::wrong("expected the end of the document")),
        };
        Ok(item.used)
    }

    /// Reads a usual field in one step: a name, a string or a number without escapes, and what follows it. Returns their
    /// length.
    fn field(&mut self, rest: &str) -> Option<usize> {
        let (name, after) = text_at_start(rest.get(1..)?)?;
        let value = without_space(after.strip_prefix("\":")?);
        let (bit, mut slot) = self
            .head
            .slot(name)
            .filter(|(bit, _)| self.seen & bit == 0)?;
        let (read, after) = if let Some(text) = value.strip_prefix('"') {
            let (text, after) = text_at_start(text)?;
            (slot.set_text(text), after.get(1..)?)
        } else {
            let (number, after) = index_at_start(value)?;
            (slot.set_number(&number.into()), after)
        };
        let next = match (read, after.bytes().next()?) {
            (Ok(None), b',') => Next::Name,
            (Ok(None), b'}') => Next::Nothing,
            _ => return None,
        };
        self.seen |= bit;
        self.next = next;
        Some(rest.len().wrapping_sub(after.len()).wrapping_add(1))
    }

    /// Returns the path of the position `offset` bytes into the piece that starts with `rest`.
    fn path(&self, rest: &str, offset: usize) -> String {
        let mut path = String::new();
        match self.next {
            Next::Start | Next::FirstName | Next::Name | Next::FieldEnd | Next::Nothing => {
                return path;
            }
            Next::Colon | Next::Value => push_name(&mut path, &self.name),
            Next::FirstRow | Next::Row | Next::RowEnd => path = format!("{RESULTS}[{}]", self.row),
        }
        let within = path_within(rest, offset);
        if !within.is_empty() && !within.starts_with('[') {
            path.push('.');
        }
        path.push_str(&within);
        path
    }

    fn skip_space<'a>(&mut self, rest: &'a str) -> &'a str {
        let mark = if self.offset == 0 {
            rest.strip_prefix(BYTE_ORDER_MARK)
        } else {
            None
        };
        let text = without_space(mark.unwrap_or(rest));
        self.advance(rest.len().saturating_sub(text.len()));
        text
    }

    fn advance(&mut self, bytes: usize) {
        self.offset = self.offset.saturating_add(bytes);
    }
}

/// The length of a window. It fits into the cache of a core.
const WINDOW: usize = 32 * 1024;

/// Some servers and many editors write it before JSON. RFC 8259, section 8.1 allows readers to ignore it.
const BYTE_ORDER_MARK: char = '\u{feff}';
