//! Support code of the measurements.
