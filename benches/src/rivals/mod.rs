//! The alternatives to our crates, set up according to their documentation.
//!
//! If a choice favours one side, it favours the alternative.

mod bare;
pub mod derived;
mod python;
mod retrying;
#[cfg(test)]
mod tests;

pub use self::{
    bare::Bare,
    python::{Python, PythonError},
    retrying::Retrying,
};

/// The API key of all clients.
pub const KEY: &str = "a key";
/// The headers of our client with its defaults, which the alternatives send too.
const JSON: &str = "application/json";
const ACCEPT_ENCODING: &str = "gzip";
const USER_AGENT: &str = concat!("prism-imports/", env!("CARGO_PKG_VERSION"));
