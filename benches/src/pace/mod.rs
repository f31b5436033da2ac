//! A simulation of watching jobs: what a pace costs in requests, and how late it sees the end.
//!
//! # The jobs
//! A job's length is log-uniform, from 1 s to 24 h; its rows are log-uniform too, from 100 to 1,000,000, and have
//! nothing to do with the length. What a job's counters do on the way is one of these, drawn anew for each job:
//!
//! | mix | share | what it does |
//! |---|---|---|
//! | steady | 20 % | one rate from the start to the end |
//! | changing | 25 % | 3 to 8 stretches of random length, the rate of each 1/3 to 3 times the mean |
//! | stalling | 20 % | a steady rate that stands still 1 to 3 times, each for 3 to 20 % of the length |
//! | bursts | 15 % | changing rates, of which the counters show only each full tenth |
//! | no counters | 10 % | nothing to see before the end |
//! | very short | 10 % | steady, but 0.2 to 5 s long instead |
//!
//! Half of all jobs, of whichever mix, stand still at first, for up to 30 % of their length.
//!
//! The shares were written down before any pace was run on them and were not changed since; the presets were then
//! tuned on the seeds 1 to 5.
//!
//! [`Mix::UNSEEN`] is another set, made after the tuning and never tuned on, of what a server may do besides:
//!
//! | mix | share | what it does |
//! |---|---|---|
//! | quickening | 20 % | a rate that grows tenfold from the start to the end |
//! | slackening | 20 % | a rate that falls to a tenth |
//! | finishing | 20 % | steady, then 1 to 20 % of the length with every row attempted and the job not complete |
//! | shifts | 20 % | 3 to 12 shifts of steady work, with standstills of 0.2 to 2.2 times a shift between |
//! | quarters | 10 % | steady, of which the counters show only each full quarter |
//! | counted late | 10 % | counters that stand at 0 until the end |
//!
//! # The watch
//! A watch begins with the answer to the submit, at the job's beginning, which tells the total and no progress.
//! An answer takes no time, so that a delay is the pace's alone.

mod job;
mod mix;
mod plot;
mod report;
mod stats;
mod target;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{
    job::Job,
    mix::{Mix, Shares},
    plot::plot,
    report::{ByMix, Report},
    stats::Stats,
    target::{Target, targets},
    watch::{Outcome, Watch},
};
