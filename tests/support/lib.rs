//! Support code of the tests.

pub mod net;
pub mod rows;
pub mod server;
