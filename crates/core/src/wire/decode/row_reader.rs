//! The reader of rows.
//!
//! It walks through the bytes of a row once, compares the names of the known fields, reads their values in place and
//! skips the values of the others. It keeps nothing between rows, so no row is slow because of another one.
//!
//! It only accepts rows that serde accepts, with the same result. It leaves everything unusual to serde, which also
//! creates the errors: a field that is given twice, a name or an id with escapes, a value of the wrong type, an index
//! that is negative or has a fraction, deep nesting.
//!
//! Usual rows take a fifth of the time of serde's visitors.

use super::{
    cursor::Cursor,
    plain_row::{PlainError, PlainRow},
    text::uuid_at_start,
};

/// Reads the rows of a text.
#[derive(Debug)]
pub(super) struct RowReader<'a> {
    cursor: Cursor<'a>,
    skips_unknown: bool,
    /// The names of the unknown fields of a row, followed by those of its error.
    names: [&'a str; MOST_UNKNOWN],
    unknown: usize,
}

impl<'a> RowReader<'a> {
    /// Creates a reader at the start of `text`. Unless `skips_unknown` is set, rows with unknown fields are left to
    /// serde.
    pub(super) fn new(text: &'a str, skips_unknown: bool) -> Self {
        Self {
            cursor: Cursor { rest: text },
            skips_unknown,
            names: [""; MOST_UNKNOWN],
            unknown: 0,
        }
    }

    /// Reads the next row, with the comma before it unless it is the first one, and the whitespace before both. Returns
    /// the text after it.
    ///
    /// After `None`, neither `row` nor the reader can be used.
    pub(super) fn read(&mut self, first: bool, row: &mut PlainRow<'a>) -> Option<&'a str> {
        self.cursor.space();
        if !first {
            self.cursor.token(",")?;
            self.cursor.space();
        }
        *row = PlainRow::default();
        self.unknown = 0;
        self.fields(row)?;
        Some(self.cursor.rest)
    }

    fn fields(&mut self, row: &mut PlainRow<'a>) -> Option<()> {
        self.object(|reader| {
            Some(match reader.cursor.rest.as_bytes().get(1)? {
                b'i' if reader.cursor.eat("\"id\"") => {
                    reader.value(&mut row.id, |reader| reader.id(&mut row.uuid))?;
                    1
                }
                b'c' if reader.cursor.eat("\"created\"") => {
                    reader.value(&mut row.created, Self::flag)?;
                    2
                }
                b'e' if reader.cursor.eat("\"existing\"") => {
                    reader.value(&mut row.existing, Self::flag)?;
                    4
                }
                b'u' if reader.cursor.eat("\"updated\"") => {
                    reader.value(&mut row.updated, Self::flag)?;
                    8
                }
                b'i' if reader.cursor.eat("\"input_index\"") => {
                    reader.value(&mut row.input_index, |reader| reader.cursor.index())?;
                    16
                }
                b'e' if reader.cursor.eat("\"error\"") => {
                    reader.error(&mut row.error)?;
                    32
                }
                _ => {
                    reader.unknown(0)?;
                    0
                }
            })
        })
    }

    /// Reads an object. `field` reads a field, and returns the bit of a known one, which must not be given twice.
    #[inline]
    fn object(&mut self, mut field: impl FnMut(&mut Self) -> Option<u8>) -> Option<()> {
        if self.cursor.is_empty("{", "}")? {
            return Some(());
        }
        let mut seen = 0;
        loop {
            let bit = field(self)?;
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
            if self.cursor.is_end("}")? {
                return Some(());
            }
        }
    }

    /// Reads the colon and the value of a field. `null` leaves the slot empty.
    #[inline]
    fn value<T>(
        &mut self,
        slot: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<()> {
        self.cursor.colon()?;
        if !self.cursor.eat("null") {
            *slot = Some(read(self)?);
        }
        Some(())
    }

    fn id(&mut self, pair: &mut Option<(u64, u64)>) -> Option<&'a str> {
        let text = self.cursor.rest.strip_prefix('"')?;
        if let Some((uuid, text, after)) = uuid_at_start(text)
            && let Some(after) = after.strip_prefix('"')
        {
            self.cursor.rest = after;
            *pair = Some(uuid.as_u64_pair());
            return Some(text);
        }
        self.cursor.plain_text()
    }

    fn flag(&mut self) -> Option<bool> {
        let flag = self.cursor.eat("true");
        (flag || self.cursor.eat("false")).then_some(flag)
    }

    /// Reads an error. A string is its message.
    fn error(&mut self, error: &mut Option<PlainError<'a>>) -> Option<()> {
        self.cursor.colon()?;
        if self.cursor.eat("null") {
            return Some(());
        }
        let error = error.insert(PlainError::default());
        if self.cursor.rest.starts_with('"') {
            error.message = Some(self.cursor.text()?);
            return Some(());
        }
        let outer = self.unknown;
        self.object(|reader| {
            Some(if reader.cursor.eat("\"code\"") {
                reader.value(&mut error.code, |reader| reader.cursor.text())?;
                1
            } else if reader.cursor.eat("\"message\"") {
                reader.value(&mut error.message, |reader| reader.cursor.text())?;
                2
            } else {
                reader.unknown(outer)?;
                error.has_unknown = true;
                0
            })
        })?;
        self.unknown = outer;
        Some(())
    }

    /// Skips an unknown field. The unknown fields of the same object are those from `outer` on.
    fn unknown(&mut self, outer: usize) -> Option<()> {
        let name = self.cursor.plain_text()?;
        let repeated = self.names.get(outer..self.unknown)?.contains(&name);
        if repeated || !self.skips_unknown {
            return None;
        }
        *self.names.get_mut(self.unknown)? = name;
        self.unknown = self.unknown.wrapping_add(1);
        self.cursor.colon()?;
        self.cursor.skip(DEEPEST)
    }
}

/// The maximum number of unknown fields. Their names are compared with each other.
const MOST_UNKNOWN: usize = 16;

/// The maximum depth of a skipped value. serde's limit is 127.
const DEEPEST: u8 = 32;
