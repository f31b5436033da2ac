//! Tests of the estimate and of the waits.

mod forecast;
mod wait;
