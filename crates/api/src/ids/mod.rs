//! Names: of a job, of a submit, of a type of records.

mod handle;
mod key;
mod object_type;
pub(crate) mod percent;

pub use self::{
    handle::{HandleError, ImportHandle},
    key::IdempotencyKey,
    object_type::{ObjectType, OtherType},
};
