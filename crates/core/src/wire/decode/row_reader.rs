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

use std::borrow::Cow;

use super::{
    cursor::Cursor,
    plain_row::{PlainError, PlainId, PlainRow},
    uuid::uuid_at_start,
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
            cursor: Cursor::new(text),
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
        Some(self.cursor.rest())
    }

    fn fields(&mut self, row: &mut PlainRow<'a>) -> Option<()> {
        if self.cursor.is_empty("{", "}")? {
            return Some(());
        }
        let mut seen = 0;
        loop {
            let field = match self.cursor.rest().as_bytes().get(1)? {
                b'i' if self.cursor.eat("\"id\"") => {
                    self.id(&mut row.id)?;
                    1
                }
                b'c' if self.cursor.eat("\"created\"") => {
                    self.flag(&mut row.created)?;
                    2
                }
                b'e' if self.cursor.eat("\"existing\"") => {
                    self.flag(&mut row.existing)?;
                    4
                }
                b'u' if self.cursor.eat("\"updated\"") => {
                    self.flag(&mut row.updated)?;
                    8
                }
                b'i' if self.cursor.eat("\"input_index\"") => {
                    self.index(&mut row.input_index)?;
                    16
                }
                b'e' if self.cursor.eat("\"error\"") => {
                    self.error(&mut row.error)?;
                    32
                }
                _ => {
                    self.unknown(0)?;
                    0
                }
            };
            if seen & field != 0 {
                return None;
            }
            seen |= field;
            if self.cursor.is_end("}")? {
                return Some(());
            }
        }
    }

    fn id(&mut self, id: &mut PlainId<'a>) -> Option<()> {
        self.cursor.colon()?;
        if self.cursor.eat("null") {
            return Some(());
        }
        let uuid = self.cursor.rest().strip_prefix('"').and_then(uuid_at_start);
        let uuid =
            uuid.and_then(|(uuid, text, after)| Some((uuid, text, after.strip_prefix('"')?)));
        *id = match uuid {
            Some((uuid, text, after)) => {
                self.cursor.move_to(after);
                PlainId::Uuid(uuid.as_u64_pair(), text)
            }
            None => PlainId::Text(self.cursor.plain_text()?),
        };
        Some(())
    }

    fn flag(&mut self, flag: &mut Option<bool>) -> Option<()> {
        self.cursor.colon()?;
        *flag = if self.cursor.eat("true") {
            Some(true)
        } else if self.cursor.eat("false") {
            Some(false)
        } else {
            return self.cursor.eat("null").then_some(());
        };
        Some(())
    }

    fn index(&mut self, index: &mut Option<i64>) -> Option<()> {
        self.cursor.colon()?;
        if !self.cursor.eat("null") {
            *index = Some(self.cursor.index()?);
        }
        Some(())
    }

    /// Reads an error. A string is its message.
    fn error(&mut self, error: &mut Option<PlainError<'a>>) -> Option<()> {
        self.cursor.colon()?;
        if self.cursor.eat("null") {
            return Some(());
        }
        let error = error.insert(PlainError::default());
        if self.cursor.rest().starts_with('"') {
            error.message = Some(self.cursor.text()?);
            return Some(());
        }
        if self.cursor.is_empty("{", "}")? {
            return Some(());
        }
        let (mut seen, outer) = (0, self.unknown);
        loop {
            let field = if self.cursor.eat("\"code\"") {
                self.text(&mut error.code)?;
                1
            } else if self.cursor.eat("\"message\"") {
                self.text(&mut error.message)?;
                2
            } else {
                self.unknown(outer)?;
                error.has_unknown = true;
                0
            };
            if seen & field != 0 {
                return None;
            }
            seen |= field;
            if self.cursor.is_end("}")? {
                self.unknown = outer;
                return Some(());
            }
        }
    }

    fn text(&mut self, text: &mut Option<Cow<'a, str>>) -> Option<()> {
        self.cursor.colon()?;
        if !self.cursor.eat("null") {
            *text = Some(self.cursor.text()?);
        }
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
        self.cursor.skip()
    }
}

/// The maximum number of unknown fields. Their names are compared with each other.
const MOST_UNKNOWN: usize = 16;
