//! Support code of the measurements.

pub mod body;
pub mod faults;
pub mod pace;
pub mod soak;
