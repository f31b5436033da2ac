//! The JSON of an import job and of its rows.
//!
//! All types in this module are lossless. A missing field and a `null` field mean the same. Unknown fields are kept in
//! [`Fields`] and written back. Some values are read even if they are not written as documented, such as `1.0` for an
//! integer or a number for an id; they are written back as documented. The types are not validated: a snapshot may
//! contradict itself. The validation is done once, by [`ImportJob::try_from`].
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
pub(crate) mod decode;
#[cfg(test)]
mod tests;

pub use self::{
    decode::DecodeError,
    error_body::ErrorBody,
    fields::Fields,
    row::Row,
    snapshot::{Snapshot, Summary},
    status::{Status, UnknownStatus},
};
