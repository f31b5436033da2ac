//! A fast reader for rows with a known shape.
//!
//! The rows of a body are usually similar: they have the same names in the same order, the same spacing, and only a few
//! outcomes. Therefore, [`Shape::of`] learns the shape of a row that serde has read. A shape consists of fixed bytes
//! and of *holes* between them: an id, an index, a code or a message. Later rows of this shape are read by comparing
//! the fixed bytes and parsing the holes. Booleans and `null` are fixed bytes, so a shape determines the outcome.
//!
//! # Correctness
//!
//! The reader accepts only rows that serde accepts, with the same result:
//!
//! - A shape is learned from a row that serde has read, and contains its bytes unchanged. No shape is learned from a
//!   row with an unknown name, with an escaped name, with a negative index, or with other rare features.
//! - A hole accepts fewer values than serde: texts without escapes and control characters, numbers of at most 18
//!   digits, and UUIDs in hyphenated form. After the hole, the bytes must be the same as in the learned row.
//! - A row that does not match exactly, or that is invalid, is read by serde. Errors therefore do not depend on the
//!   learned shapes.
//!
//! A property test in `src/tests/scan.rs` checks that the results are equal.
//!
//! A shape includes the comma and the whitespace before the row. Therefore, no shape is learned from the first row of a
//! body, or from a row that began in an earlier chunk.
//!
//! # Costs
//!
//! A shape takes a few allocations and twice the length of the row. Reading a row does not allocate. There are at most
//! [`MOST_SHAPES`] shapes of at most [`LONGEST_SHAPE`] bytes, and no shape is ever replaced. If all rows of a body
//! differ, serde reads them, after one failed comparison per shape.

mod shape;
mod fixed;
mod learn;
mod text;
pub(super) mod uuid;
#[cfg(test)]
mod tests;

use std::mem;

use self::shape::Shape;
pub(super) use self::text::{index_at_start, text_at_start};
use super::plain_row::PlainRow;

/// The learned shapes of rows.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// The most recently used shape is first.
    shapes: Vec<Shape>,
    /// The number of rows to skip before the next attempt to learn a shape, and the number to skip if that attempt
    /// fails.
    skip: (u32, u32),
}

impl Scanner {
    /// Reads the next row, if it has a known shape.
    ///
    /// `text` starts with the comma before the row. Returns the text after the row.
    pub(super) fn read<'a>(&mut self, text: &'a str, row: &mut PlainRow<'a>) -> Option<&'a str> {
        let (first, others) = self.shapes.split_first_mut()?;
        first.read(text, row).or_else(|| {
            let (shape, after) = others
                .iter_mut()
                .find_map(|shape| shape.read(text, row).map(|after| (shape, after)))?;
            mem::swap(first, shape);
            Some(after)
        })
    }

    /// Creates a scanner that learns no shapes.
    #[cfg(test)]
    pub(super) fn without_learning() -> Self {
        Self {
            shapes: Vec::new(),
            skip: (u32::MAX, 0),
        }
    }

    /// Learns the shape of a row that serde has read. `text` starts with the comma before the row.
    pub(super) fn learn(&mut self, text: &str) {
        let (skip, next) = self.skip;
        if self.shapes.len() >= MOST_SHAPES || text.len() > LONGEST_SHAPE {
            return;
        }
        if let Some(skip) = skip.checked_sub(1) {
            self.skip = (skip, next);
            return;
        }
        match Shape::of(text) {
            Some(shape) if !self.shapes.contains(&shape) => {
                self.shapes.push(shape);
                self.skip = (0, 1);
            }
            Some(_) | None => {
                self.skip = (next, next.saturating_mul(2).clamp(1, LONGEST_SKIP));
            }
        }
    }
}

/// The maximum number of shapes. Servers usually need two or three: created, existing and failed. Each additional shape
/// is an additional comparison for a row without a known shape.
const MOST_SHAPES: usize = 16;

/// The maximum number of rows to skip after failed attempts to learn a shape. The number doubles with each failure,
/// because all rows of a server with unknown fields would fail.
const LONGEST_SKIP: u32 = 64;

/// The maximum length of a shape, including the comma and the whitespace before the row. Longer rows contain long texts
/// or much whitespace, and a shape can be learned from a later row instead.
pub(super) const LONGEST_SHAPE: usize = 1_024;
