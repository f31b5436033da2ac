//! Prism import jobs as a validated state machine.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

pub mod poller;
pub mod wire;
