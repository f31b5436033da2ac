//! The typed requests: values that can be stored, cloned, and sent through layers.

mod body;
mod finite;
mod get;
mod row;
mod submit;

pub(crate) use self::submit::{Draft, draft_setters};
pub use self::{
    get::GetImport,
    submit::{SubmitImport, SubmitImportBuilder},
};
