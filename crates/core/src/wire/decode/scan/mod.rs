//! Rows of a shape that was met before, read by comparison.
//!
//! A server writes the rows of a body all alike: the same names in the same order, the same spacing, and a handful
//! of outcomes. So a row that serde has read is taken apart once, by [`Shape::of`], into the bytes that the next
//! row of its kind will have too and the *holes* between them – an id, an index, a code, a message – and from then
//! on such a row is read by comparing those bytes and parsing the holes. Booleans and `null` are no holes: they are
//! among the bytes, so a shape knows its outcome.
//!
//! # Why it is right
//!
//! It accepts what serde accepts, and with the same meaning, because it knows so little:
//!
//! - A shape is made of a row that serde has read, and holds its bytes unchanged. It is not made of a row with a
//!   name that is unknown or written with an escape, with a negative index, or with anything else that is rare.
//! - A hole takes less than serde takes in its place: of texts those without escape and control characters, of
//!   numbers those of at most 18 digits, of ids at the place of a UUID those in hyphenated form. Whatever stands
//!   behind it must then be the quote, comma, bracket or space that stood there in the row before.
//! - On the slightest doubt, and on every fault, nothing is read and serde reads the row, so what an error says and
//!   where does not depend on what was learnt.
//!
//! A property test holds the two equal, in `src/tests/scan.rs`.
//!
//! Rows are learnt together with the comma and the space before them, so the first row of a body teaches nothing, and
//! neither does one whose beginning came in an earlier chunk.
//!
//! # What it costs
//!
//! For each shape a few allocations and twice its bytes; none for a row. There are at most [`MOST_SHAPES`], none
//! longer than [`LONGEST_SHAPE`], and none is ever replaced: a body made of rows that are all unlike each other is
//! read by serde, behind as many comparisons that fail in their first bytes.

mod shape;
mod fixed;
mod learn;
mod text;
mod uuid;
#[cfg(test)]
mod tests;

use std::mem;

use self::shape::Shape;
pub(super) use self::{
    text::{index_at_start, text_at_start},
    uuid::uuid_at_start,
};
use super::plain_row::PlainRow;

/// The shapes met so far, of rows and of what stands between two of them.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// The one met last is in front.
    shapes: Vec<Shape>,
    /// Rows to let pass before the next lesson, and how many those will be when it teaches nothing.
    wait: (u32, u32),
}

impl Scanner {
    /// Reads the row that follows another one, if it has a known shape.
    ///
    /// `text` starts behind the row before, with the comma; the answer is what stands behind the row.
    pub(super) fn read<'a>(&mut self, text: &'a str, row: &mut PlainRow<'a>) -> Option<&'a str> {
        let (first, others) = self.shapes.split_first_mut()?;
        first.read(text, row).or_else(|| {
            let (shape, behind) = others
                .iter_mut()
                .find_map(|shape| shape.read(text, row).map(|behind| (shape, behind)))?;
            mem::swap(first, shape);
            Some(behind)
        })
    }

    /// Creates a scanner that learns nothing.
    #[cfg(test)]
    pub(super) fn without_lessons() -> Self {
        Self {
            shapes: Vec::new(),
            wait: (u32::MAX, 0),
        }
    }

    /// Learns the shape of a row that was read by other means, with the comma before it.
    pub(super) fn learn(&mut self, text: &str) {
        let (wait, next) = self.wait;
        if self.shapes.len() >= MOST_SHAPES || text.len() > LONGEST_SHAPE {
            return;
        }
        if let Some(wait) = wait.checked_sub(1) {
            self.wait = (wait, next);
            return;
        }
        match Shape::of(text) {
            Some(shape) if !self.shapes.contains(&shape) => {
                self.shapes.push(shape);
                self.wait = (0, 1);
            }
            Some(_) | None => {
                self.wait = (next, next.saturating_mul(2).clamp(1, LONGEST_WAIT));
            }
        }
    }
}

/// Servers need two or three: created, existing, failed. Each more is a comparison more for a row of none.
const MOST_SHAPES: usize = 16;

/// Rows that teach nothing are let pass, more of them each time: those of a server that this version does not know
/// all of would be taken apart in vain.
const LONGEST_WAIT: u32 = 64;

/// Bytes of a row, and of what stands before it, that is worth learning from. A longer one has long texts or is
/// mostly space; the next one of its kind may do.
pub(super) const LONGEST_SHAPE: usize = 1_024;
