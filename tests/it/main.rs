//! The tests over real sockets and through virtual time.

// Marked as tests, so that the lints treat helpers like the tests they serve.
#[cfg(test)]
mod api;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod own_client;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod slice;
#[cfg(test)]
mod transport;
