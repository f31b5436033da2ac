//! The parts of the `soak` program: the load itself is [`prism_imports_tests::load`].

mod args;
mod memory;
mod meter;
mod report;

pub use self::{
    args::{Arguments, LONGEST_WAIT},
    memory::{Flatness, Memory},
    meter::{Calls, Latencies, Meter},
    report::{Minute, Total},
};
