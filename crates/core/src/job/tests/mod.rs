//! Tables: each edge of the transitions, each rule of the border, and what is written and read again.

mod transitions;
mod rules;
mod stored;
mod words;
mod times;
