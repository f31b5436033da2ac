//! Tables of bodies: what is read, what is wrong with what is not, and what chunks make of it.

mod errors;
mod chunks;
