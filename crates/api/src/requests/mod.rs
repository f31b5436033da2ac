//! The typed requests: values that can be stored, cloned, and sent through layers.

mod body;
mod finite;
mod get;
mod submit;

pub(crate) use self::{
    get::GET,
    submit::{SUBMIT, submit_options},
};
pub use self::{
    get::GetImport,
    submit::{SubmitImport, SubmitImportBuilder},
};
