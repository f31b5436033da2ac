//! The shape of a row: fixed bytes and the holes between them.

use super::{
    super::plain_row::{PlainError, PlainId, PlainRow},
    fixed::{Word, strip_words, words_of},
    text::{index_at_start, text_at_start},
    uuid::uuid_at_start,
};

/// A row with holes.
///
/// ```text
/// ,{"id":"⟨id⟩","created":true,"existing":false}
/// └──┬───┘    └────────────┬───────────────────┘
///  fixed                 fixed                      `created` and `existing` are part of the shape
/// ```
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The words of all pieces, in order.
    words: Vec<Word>,
    pieces: Vec<Piece>,
    pub(super) created: Option<bool>,
    pub(super) existing: Option<bool>,
    pub(super) updated: Option<bool>,
    pub(super) error: bool,
}

/// Fixed bytes and the hole after them.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    len: usize,
    words: usize,
    hole: Hole,
}

/// The kind of a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// A UUID in hyphenated form.
    Uuid,
    /// Any other id.
    Id,
    Index,
    Code,
    Message,
    /// The end of the row.
    End,
}

impl Shape {
    pub(super) fn push(&mut self, fixed: &str, hole: Hole) {
        let words = self.words.len();
        self.words.extend(words_of(fixed));
        self.pieces.push(Piece {
            len: fixed.len(),
            words: self.words.len().saturating_sub(words),
            hole,
        });
    }

    /// Reads a row of this shape and returns the text after it. If the result is `None`, the content of `row` is
    /// unspecified.
    pub(super) fn read<'a>(&self, text: &'a str, row: &mut PlainRow<'a>) -> Option<&'a str> {
        *row = PlainRow {
            created: self.created,
            existing: self.existing,
            updated: self.updated,
            error: self.error.then(PlainError::default),
            ..PlainRow::default()
        };
        let (mut words, mut rest) = (&*self.words, text);
        for piece in &self.pieces {
            let (fixed, others) = words.split_at_checked(piece.words)?;
            words = others;
            let at = strip_words(rest, fixed, piece.len)?;
            rest = match piece.hole {
                Hole::End => at,
                Hole::Uuid => {
                    let (id, text, after) = uuid_at_start(at)?;
                    row.id = PlainId::Uuid(id, text);
                    after
                }
                Hole::Id => {
                    let (id, after) = text_at_start(at)?;
                    row.id = PlainId::of(Some(id));
                    after
                }
                Hole::Index => {
                    let (index, after) = index_at_start(at)?;
                    row.input_index = Some(index);
                    after
                }
                Hole::Code => {
                    let (code, after) = text_at_start(at)?;
                    row.error.as_mut()?.code = Some(code);
                    after
                }
                Hole::Message => {
                    let (message, after) = text_at_start(at)?;
                    row.error.as_mut()?.message = Some(message);
                    after
                }
            };
        }
        Some(rest)
    }
}
