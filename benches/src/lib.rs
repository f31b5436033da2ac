//! Support code of the measurements.

pub mod pace;
