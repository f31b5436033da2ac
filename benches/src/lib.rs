//! Support code for the measurements.

pub mod body;
pub mod compare;
pub mod faults;
pub mod pace;
pub mod rivals;
pub mod soak;
