//! The watch of a job: what comes of each answer, and what holds whatever the answers are.

mod answers;
mod forged;
mod properties;
mod watch;
