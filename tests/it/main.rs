//! Integration tests, over real sockets and in virtual time.

// Marked as tests so the lints treat helpers like tests.
#[cfg(test)]
mod api;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod custom_client;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod slice;
#[cfg(test)]
mod transport;
