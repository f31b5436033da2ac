//! Layers of tower and tower-http around the client, and around its typed services.
//!
//! Each module is one thing to copy; its tests run without a socket and in virtual time.

pub mod cache;
pub mod headers;
pub mod limits;
pub mod status;
#[cfg(test)]
mod testing;
