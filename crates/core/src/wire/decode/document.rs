//! The structure of a snapshot's JSON, read piece by piece.
//!
//! This module reads the structure of the object and of its array of rows. serde reads the values in them, except for
//! simple values and for usual rows, which [`RowReader`] reads. A piece is the name of a field,
//! the value of a field, a row, or a bracket. Whole bodies are read in windows, and incremental bodies in chunks. Both
//! use [`Document::read`], so both return the same rows and the same errors.

use serde::{Deserialize, Deserializer};

use super::{
    end::End,
    error::DecodeError,
    head::Head,
    item::{Item, ItemError},
    locate::{path_within, push_name},
    object::{Source, duplicate},
    plain_row::PlainRow,
    row_reader::RowReader,
    text::{text_at_start, without_space},
    value::{Nullable, Value, required},
};
use crate::wire::Row;

/// Receives the rows of a document.
pub(crate) trait Rows {
    /// Whether the unknown fields of rows are kept.
    const KEEPS_UNKNOWN: bool;

    /// Handles the beginning of the results, which may be empty.
    ///
    /// `total` is the number of rows, if it is before the results in the document. `bytes` is the number of remaining
    /// bytes, or 0 if it is unknown.
    fn begin(&mut self, total: Option<i64>, bytes: usize);

    fn push(&mut self, row: Row);

    /// Handles a row without unknown fields that are kept.
    fn push_plain(&mut self, row: &PlainRow<'_>);
}

/// The state of reading a document.
#[derive(Debug)]
pub(crate) struct Document<R: Rows> {
    pub(crate) head: Head,
    pub(crate) rows: R,
    #[cfg(test)]
    by_serde: bool,
    next: Next,
    /// The name of the field that is being read.
    name: String,
    /// The number of bytes read so far.
    offset: usize,
    /// The length of the whole body, or 0 if it is unknown.
    pub(super) len: usize,
    /// The number of rows read so far.
    row: usize,
    results_seen: bool,
}

/// The next expected piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
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

/// Why reading stopped before the end of the document.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The text ends within a piece. Reading must continue at [`Document::offset`] with more text.
    Incomplete,
    Wrong(DecodeError),
}

/// What follows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Following {
    /// The body ends with the text.
    Nothing,
    /// More of the body may arrive later.
    Unknown,
    /// More of the body is available.
    Available,
}

impl<R: Rows> Document<R> {
    pub(crate) fn new(rows: R) -> Self {
        Self {
            head: Head::default(),
            rows,
            #[cfg(test)]
            by_serde: false,
            next: Next::Start,
            name: String::new(),
            offset: 0,
            len: 0,
            row: 0,
            results_seen: false,
        }
    }

    /// Reads all rows with serde.
    #[cfg(test)]
    pub(crate) fn by_serde(mut self) -> Self {
        self.by_serde = true;
        self
    }

    /// Returns the number of bytes read so far.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// Reads `text`, which starts at [`Document::offset`], up to its end or to the first incomplete piece.
    pub(crate) fn read(&mut self, text: &str, following: Following) -> Result<(), Stop> {
        let (start, last) = (self.offset, following == Following::Nothing);
        loop {
            if let Next::FirstRow | Next::Row | Next::RowEnd = self.next {
                let rest = self.rows(rest_of(text, self.offset, start));
                // Reading an incomplete row would be wasted work.
                if following == Following::Available && rest.len() < LONG_ROW {
                    return Err(Stop::Incomplete);
                }
            }
            let rest = self.skip_space(rest_of(text, self.offset, start));
            let Some(byte) = rest.bytes().next() else {
                let ended = self.next == Next::Nothing && last;
                return if ended { Ok(()) } else { Err(Stop::Incomplete) };
            };
            if self.field(byte, rest, last).is_none() {
                self.step(byte, rest, last)?;
            }
        }
    }

    /// Reads the last `text` of a body and checks its end.
    pub(crate) fn read_to(&mut self, text: &str, end: End) -> Result<(), DecodeError> {
        let start = self.offset;
        let following = match end {
            End::Body => Following::Nothing,
            End::WithinCharacter | End::NotUtf8 => Following::Unknown,
        };
        match self.read(text, following) {
            Ok(()) => Ok(()),
            Err(Stop::Wrong(error)) => Err(error),
            Err(Stop::Incomplete) => {
                let rest = rest_of(text, self.offset, start);
                let (path, offset) = (
                    self.path(rest, rest.len()),
                    self.offset.saturating_add(rest.len()),
                );
                Err(match end {
                    End::Body | End::WithinCharacter => DecodeError::truncated(path, offset),
                    End::NotUtf8 => DecodeError::new("expected UTF-8", path, offset),
                })
            }
        }
    }

    /// Reads usual rows and returns the text after the last one.
    fn rows<'a>(&mut self, text: &'a str) -> &'a str {
        #[cfg(test)]
        if self.by_serde {
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

    /// Reads the name and the value of a field in one step. Returns `None` if the field is incomplete or invalid.
    fn field(&mut self, byte: u8, rest: &str, last: bool) -> Option<()> {
        let (Next::FirstName | Next::Name, b'"') = (self.next, byte) else {
            return None;
        };
        let (name, after) = text_at_start(rest.get(1..)?)?;
        let value = without_space(after.strip_prefix("\":")?);
        if name == RESULTS {
            return None;
        }
        let mut item = Item::new(value, last);
        self.head.read_field(name, &mut item).ok()?;
        self.next = Next::FieldEnd;
        self.advance(rest.len().saturating_sub(value.len()));
        self.advance(item.used());
        if value.as_bytes().get(item.used()) == Some(&b',') {
            self.next = Next::Name;
            self.advance(1);
        }
        Some(())
    }

    fn step(&mut self, byte: u8, rest: &str, last: bool) -> Result<(), Stop> {
        self.next = match (self.next, byte) {
            (Next::Start, b'{') => Next::FirstName,
            (Next::FirstName | Next::FieldEnd, b'}') => Next::Nothing,
            (Next::FieldEnd, b',') => Next::Name,
            (Next::Colon, b':') => Next::Value,
            (Next::FirstRow | Next::RowEnd, b']') => Next::FieldEnd,
            (Next::RowEnd, b',') => Next::Row,
            (Next::Value, b'[') if self.name == RESULTS && !self.results_seen => {
                self.results_seen = true;
                let left = self.len.saturating_sub(self.offset);
                self.rows.begin(self.head.total, left);
                Next::FirstRow
            }
            (Next::FirstName | Next::Name, byte) if byte != b'"' => {
                return Err(self.wrong("expected a field's name in quotes"));
            }
            _ => return self.piece(rest, last),
        };
        self.advance(1);
        Ok(())
    }

    /// Reads a name, a value or a row.
    fn piece(&mut self, rest: &str, last: bool) -> Result<(), Stop> {
        let mut item = Item::new(rest, last);
        let read = match self.next {
            Next::FirstName | Next::Name => item.name().map(|name| {
                self.name.clear();
                self.name.push_str(&name);
                Next::Colon
            }),
            Next::Value if self.name == RESULTS => {
                self.no_results(&mut item).map(|()| Next::FieldEnd)
            }
            Next::Value => self
                .head
                .read_field(&self.name, &mut item)
                .map(|()| Next::FieldEnd),
            Next::FirstRow | Next::Row => item.value().map(|Present(row)| {
                self.rows.push(row);
                self.row = self.row.saturating_add(1);
                Next::RowEnd
            }),
            Next::Start => item.value().map(|Present::<NoObject>(top)| match top {}),
            Next::Colon => return Err(self.wrong("expected `:`")),
            Next::FieldEnd => return Err(self.wrong("expected `,` or `}`")),
            Next::RowEnd => return Err(self.wrong("expected `,` or `]`")),
            Next::Nothing => return Err(self.wrong("expected the end of the document")),
        };
        match read {
            Ok(next) => {
                self.next = next;
                self.advance(item.used());
                Ok(())
            }
            Err(ItemError::Incomplete) => Err(Stop::Incomplete),
            Err(ItemError::Wrong { message, offset }) => {
                let error = DecodeError::new(
                    message,
                    self.path(rest, offset),
                    self.offset.saturating_add(offset),
                );
                Err(Stop::Wrong(error))
            }
        }
    }

    /// Reads `null` in place of the results, and refuses any other value.
    fn no_results(&mut self, item: &mut Item<'_>) -> Result<(), ItemError> {
        if self.results_seen {
            return Err(duplicate());
        }
        let Nullable::<NoRows>(None) = item.value()?;
        self.results_seen = true;
        Ok(())
    }

    fn wrong(&self, message: &str) -> Stop {
        Stop::Wrong(DecodeError::new(message, self.path("", 0), self.offset))
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
        let text = mark.unwrap_or(rest);
        let text = without_space(text);
        self.advance(rest.len().saturating_sub(text.len()));
        text
    }

    fn advance(&mut self, bytes: usize) {
        self.offset = self.offset.saturating_add(bytes);
    }
}

/// A value that must not be `null`.
struct Present<T>(T);

impl<'de, T: Value<'de>> Deserialize<'de> for Present<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required(deserializer).map(Self)
    }
}

/// A document that is not an object. There is no such value.
enum NoObject {}

impl Value<'_> for NoObject {
    const EXPECTED: &'static str = "a job object";
}

/// Results that are not an array. There is no such value.
enum NoRows {}

impl Value<'_> for NoRows {
    const EXPECTED: &'static str = "an array of rows";
}

/// Returns the part of `text` from byte `offset` of the body. `text` starts at byte `start` of the body.
fn rest_of(text: &str, offset: usize, start: usize) -> &str {
    text.get(offset.saturating_sub(start)..).unwrap_or_default()
}

const RESULTS: &str = "results";

/// Most rows are shorter.
const LONG_ROW: usize = 1_024;

/// Some servers and many editors write it before JSON. RFC 8259, section 8.1 allows readers to ignore it.
const BYTE_ORDER_MARK: char = '\u{feff}';
