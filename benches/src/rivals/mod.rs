//! What people would use instead, set up as its own documentation says.
//!
//! Where a choice favours one side, the rival has the better of it.

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

/// The key that every client sends.
pub const KEY: &str = "a key";
const USER_AGENT: &str = "compare/1.0";
