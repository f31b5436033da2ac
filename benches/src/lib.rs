//! Support code of the measurements.

pub mod body;
pub mod compare;
pub mod pace;
pub mod rivals;
