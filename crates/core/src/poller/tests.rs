//! Tests of the poller: each kind of answer, and properties over generated answers.

mod answers;
mod corrupted;
mod properties;
mod timing;
mod watch;
