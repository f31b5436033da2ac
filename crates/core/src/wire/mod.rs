//! What the server says, exactly: the JSON of an import job and of its rows.
//!
//! Every type here is lossless. A field that is missing and a field that is `null` mean the same; a field that
//! this version does not know is kept in [`Fields`] and written back. Nothing is judged: a snapshot may
//! contradict itself, and whether it means anything is decided once, by [`ImportJob::try_from`].
//!
//! ```
//! use prism_imports_core::wire::{Snapshot, Status};
//!
//! let body = br#"{"job_id":"j-1","status":"processing","total":3,"processed":1,"shard":"eu-1"}"#;
//! let snapshot = Snapshot::from_slice(body)?;
//! assert_eq!(snapshot.status, Status::Processing);
//! assert_eq!(snapshot.extra.names().collect::<Vec<_>>(), ["shard"]);
//! # Ok::<(), prism_imports_core::wire::DecodeError>(())
//! ```
//!
//! [`ImportJob::try_from`]: crate::ImportJob

mod snapshot;
mod status;
mod row;
mod error_body;
mod fields;
mod row_decoder;
pub(crate) mod decode;
#[cfg(test)]
mod tests;

pub use self::{
    decode::DecodeError,
    error_body::ErrorBody,
    fields::Fields,
    row::Row,
    row_decoder::RowDecoder,
    snapshot::{Snapshot, Summary},
    status::{Status, UnknownStatus},
};
