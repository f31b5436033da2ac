//! One shape of rows: the bytes that stay, and what stands between them.

use super::{
    super::plain_row::{PlainError, PlainId, PlainRow},
    fixed::{Word, behind_words, words_of},
    text::{index_at_start, text_at_start},
    uuid::uuid_at_start,
};

/// A row with holes.
///
/// ```text
/// ,{"id":"⟨id⟩","created":true,"existing":false}
/// └──┬───┘    └────────────┬───────────────────┘
///  fixed                 fixed                      and `created` and `existing` are known already
/// ```
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The words of all pieces, one behind the other.
    words: Vec<Word>,
    pieces: Vec<Piece>,
    pub(super) created: Option<bool>,
    pub(super) existing: Option<bool>,
    pub(super) updated: Option<bool>,
    pub(super) error: bool,
}

/// Bytes that stay, and what stands behind them.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    len: usize,
    words: usize,
    hole: Hole,
}

/// What may stand in a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// An id in the hyphenated form of a UUID.
    Uuid,
    /// An id of any text.
    Id,
    Index,
    Code,
    Message,
    /// Nothing: the row ends.
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

    /// Reads a row of this shape and returns what stands behind it; without an answer, `row` tells nothing.
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
            let at = behind_words(rest, fixed, piece.len)?;
            rest = match piece.hole {
                Hole::End => at,
                Hole::Uuid => {
                    let (id, text, behind) = uuid_at_start(at)?;
                    row.id = PlainId::Uuid(id, text);
                    behind
                }
                Hole::Id => {
                    let (id, behind) = text_at_start(at)?;
                    row.id = PlainId::of(Some(id));
                    behind
                }
                Hole::Index => {
                    let (index, behind) = index_at_start(at)?;
                    row.input_index = Some(index);
                    behind
                }
                Hole::Code => {
                    let (code, behind) = text_at_start(at)?;
                    row.error.as_mut()?.code = Some(code);
                    behind
                }
                Hole::Message => {
                    let (message, behind) = text_at_start(at)?;
                    row.error.as_mut()?.message = Some(message);
                    behind
                }
            };
        }
        Some(rest)
    }
}
