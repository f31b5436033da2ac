//! The poller.

mod limits;
mod pace;
mod schedule;
mod sighting;
mod version;

pub use self::{
    limits::Limits,
    pace::{Pace, PaceBuilder, PaceError},
    schedule::{Schedule, Step, StopReason},
    sighting::Sighting,
};
