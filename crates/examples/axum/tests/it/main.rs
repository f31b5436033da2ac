//! The service over real sockets, and the sandbox in this process. Time is virtual, so that hours cost nothing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

mod docs;
mod failures;
mod hang_up;
mod imports;
mod inputs;
mod process;
mod restart;
mod shutdown;
mod streams;
