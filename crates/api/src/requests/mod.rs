//! The typed requests: values that can be stored, cloned, and sent through layers.

mod body;
mod finite;
mod get;
mod submit;

pub(crate) use self::{body::Body, get::GET, submit::SUBMIT};
pub use self::{get::GetImport, submit::SubmitImport};
