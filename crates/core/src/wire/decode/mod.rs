//! How JSON becomes a snapshot, or a job, or rows: one set of readers for every route.

mod error_parts;
mod head;
mod object;
mod row_parts;
mod unknown;
mod value;

pub(crate) use self::{
    error_parts::ErrorParts,
    head::{Head, OwnedError, SummaryParts},
    object::{Name, Object, Source, duplicate},
    row_parts::RowParts,
    unknown::{Skipped, Unknown},
    value::{Nullable, Value, required},
};
