//! The service over real sockets, and the sandbox in this process. Time is virtual, so that hours cost nothing.

mod support;

mod failures;
mod hang_up;
mod imports;
mod inputs;
mod process;
mod restart;
mod shutdown;
mod streams;
