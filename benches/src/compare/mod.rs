//! Our crates and the alternatives side by side: a list of figures, each with its target.
//!
//! Times are only compared, never absolute. Both sides run in alternation within one process, and a figure is the ratio
//! of their medians, so a slow machine affects both. A separate program, `counts`, counts allocations, because a
//! counting allocator slows down code in proportion to its allocations.

mod build;
mod client;
mod counted;
pub mod decode;
mod encodings;
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
};
