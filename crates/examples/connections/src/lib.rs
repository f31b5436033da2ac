//! Connections of a service that is not alone on the internet.

pub mod private_network;
pub mod reqwest_client;
#[cfg(unix)]
pub mod unix_socket;
#[cfg(test)]
mod testing;
