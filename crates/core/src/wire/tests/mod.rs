//! Tests of decoding: the errors of invalid bodies, and bodies in chunks.

mod errors;
mod chunks;
