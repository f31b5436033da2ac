//! The decoding of JSON to snapshots, jobs and rows, with one set of readers for all of them.

mod value;
mod object;
mod oddity;
mod plain_row;
mod head;
mod error;
mod item;
mod locate;
mod text;
mod uuid;
mod cursor;
mod row_reader;
mod end;
mod document;
mod windows;
mod span;
mod read;
#[cfg(test)]
mod tests;

pub use self::error::DecodeError;
#[cfg(test)]
pub(crate) use self::read::{read_each_row_by_serde, read_in_windows};
pub(crate) use self::{
    document::{Document, Following, Rows, Stop},
    end::End,
    head::Head,
    locate::redacted,
    object::{Name, Object, Seen, Source, duplicate},
    oddity::{Odd, Oddity},
    plain_row::{PlainError, PlainId, PlainRow},
    span::Span,
    value::{Nullable, Value, required},
};
