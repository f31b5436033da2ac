//! Support code of the tests.

pub mod net;
pub mod probe;
pub mod rows;
pub mod server;
