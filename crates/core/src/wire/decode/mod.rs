//! The decoding of JSON to snapshots, jobs and rows, with one set of readers for all of them.

mod object;
mod plain_row;
mod error;
mod locate;
mod text;
mod cursor;
mod row_reader;
mod item;
mod document;
#[cfg(test)]
mod tests;

pub use self::error::DecodeError;
#[cfg(test)]
pub(crate) use self::tests::{read_each_row_by_serde, read_in_windows};
pub(crate) use self::{
    document::{Document, Rows},
    locate::redacted,
    object::{Object, Odd, Oddity, Slot},
    plain_row::{PlainError, PlainRow},
    text::uuid_of,
};
