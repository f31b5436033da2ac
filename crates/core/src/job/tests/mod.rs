//! Tests of the transitions, the validation rules, serialization, `Display` and `Debug`, and timestamps.

mod transitions;
mod rules;
mod stored;
mod display;
mod times;
