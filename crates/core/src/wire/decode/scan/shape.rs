//! One shape of rows: the bytes that stay, and what stands between them.

use super::{
    super::plain_row::{PlainError, PlainId, PlainRow},
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
    /// The fixed texts, one behind the other.
    pub(super) fixed: Box<str>,
    /// How long each fixed text is, and the hole behind it; what is left of `fixed` ends the row.
    pub(super) holes: Box<[(usize, Hole)]>,
    pub(super) created: Option<bool>,
    pub(super) existing: Option<bool>,
    pub(super) updated: Option<bool>,
    pub(super) has_error: bool,
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
}

impl Shape {
    /// Reads a row of this shape; the second part is what stands behind it.
    pub(super) fn read<'a>(&self, text: &'a str) -> Option<(PlainRow<'a>, &'a str)> {
        let mut row = PlainRow {
            created: self.created,
            existing: self.existing,
            updated: self.updated,
            ..PlainRow::default()
        };
        let mut error = PlainError::default();
        let (mut fixed, mut rest) = (&*self.fixed, text);
        for (len, hole) in &self.holes {
            let (piece, pieces) = fixed.split_at_checked(*len)?;
            let at = rest.strip_prefix(piece)?;
            fixed = pieces;
            rest = match hole {
                Hole::Uuid => {
                    let (id, behind) = uuid_at_start(at)?;
                    row.id = PlainId::Uuid(id, at.get(..UUID)?);
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
                    error.code = Some(code);
                    behind
                }
                Hole::Message => {
                    let (message, behind) = text_at_start(at)?;
                    error.message = Some(message);
                    behind
                }
            };
        }
        row.error = self.has_error.then_some(error);
        Some((row, rest.strip_prefix(fixed)?))
    }
}

/// Bytes of a UUID in hyphenated form.
const UUID: usize = 36;
