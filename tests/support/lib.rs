//! Support code of the tests.

pub mod net;
pub mod probe;
