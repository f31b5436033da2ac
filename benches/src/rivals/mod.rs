//! The alternatives to our crates, set up according to their documentation.
//!
//! If a choice favours one side, it favours the alternative.

mod bare;
pub mod derived;
mod python;
mod retrying;
mod stock;

pub use self::{
    bare::Bare,
    python::{Python, PythonError},
    retrying::Retrying,
    stock::{Policy, stock},
};

/// The API key of all clients.
pub const KEY: &str = "a key";
const USER_AGENT: &str = "compare/1.0";
