//! Ours beside what people would use instead: one figure after the other, each with its target.
//!
//! Times are compared and never told alone: both sides run in turns within one process, and a figure is the ratio
//! of their medians, so that what slows the machine down slows down both. Allocations are counted by a program of
//! their own, `counts`, because an allocator that counts is slower, and most of all for those who allocate most.

mod build;
mod client;
mod counted;
pub mod decode;
mod figure;
pub mod fleet;
mod growth;
mod measure;
mod plot;
mod report;
mod server;
pub mod setup;
mod start;
pub mod submit;
#[cfg(test)]
mod tests;
pub mod transport;

pub use self::{
    build::build,
    client::client,
    counted::counted,
    decode::decode,
    figure::{Bound, Figure},
    fleet::fleet,
    growth::growth,
    measure::{Side, race},
    plot::plot,
    report::Report,
    server::Server,
    start::start,
    submit::submit,
    transport::transport,
};
