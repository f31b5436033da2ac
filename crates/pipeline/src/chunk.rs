//! The rows of one import.

use crate::{row::JsonRow, runs};

/// The rows of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The size of the rows that are sent.
    pub(crate) bytes: u64,
    /// Which rows of the file are sent, from 0. Rows that cannot be read are counted.
    pub(crate) rows: Vec<u64>,
    /// The lines on which they begin.
    pub(crate) lines: Vec<u64>,
}

impl Chunk {
    pub(crate) fn push(&mut self, row: u64, line: u64, bytes: u64) {
        self.rows.push(row);
        self.lines.push(line);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Divides the chunk in two, whose rows are these.
    pub(crate) fn halves(mut self, [left, right]: [&[JsonRow]; 2]) -> [Self; 2] {
        let bytes = |rows: &[JsonRow]| rows.iter().map(JsonRow::size).fold(0, u64::saturating_add);
        let half = Self {
            bytes: bytes(right),
            rows: self.rows.split_off(left.len()),
            lines: self.lines.split_off(left.len()),
        };
        self.bytes = bytes(left);
        [self, half]
    }
}

/// A chunk in the form of the journal, which takes a few bytes however many rows there are, unless their lines are irregular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) bytes: u64,
    /// The number of rows.
    pub(crate) rows: usize,
    pub(crate) first: u64,
    pub(crate) places: Vec<u8>,
    pub(crate) lines: Vec<u8>,
}

impl From<&Chunk> for Packed {
    fn from(chunk: &Chunk) -> Self {
        Self {
            bytes: chunk.bytes,
            rows: chunk.rows.len(),
            first: chunk.rows.first().copied().unwrap_or_default(),
            places: runs::encode(&chunk.rows),
            lines: runs::encode(&chunk.lines),
        }
    }
}

impl From<&Packed> for Chunk {
    fn from(packed: &Packed) -> Self {
        Self {
            bytes: packed.bytes,
            rows: runs::decode(&packed.places, packed.rows),
            lines: runs::decode(&packed.lines, packed.rows),
        }
    }
}
