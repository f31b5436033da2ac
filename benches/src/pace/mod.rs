//! A simulation of watching jobs: the number of requests of a pace, and the delay until it sees the end.
//!
//! # The jobs
//! The length of a job is log-uniform from 1 s to 24 h. The number of rows is log-uniform from 100 to 1,000,000 and
//! independent of the length. The behaviour of the counters is drawn for each job from these mixes:
//!
//! | mix | share | behaviour |
//! |---|---|---|
//! | steady | 20 % | one rate from the start to the end |
//! | changing | 25 % | 3 to 8 stretches of random length, the rate of each 1/3 to 3 times the mean |
//! | stalling | 20 % | a steady rate that stands still 1 to 3 times, each for 3 to 20 % of the length |
//! | bursts | 15 % | changing rates, of which the counters show only each full tenth |
//! | no counters | 10 % | no counters before the end |
//! | very short | 10 % | steady, but 0.2 to 5 s long instead |
//!
//! Half of all jobs make no progress at first, for up to 30 % of their length.
//!
//! The shares were fixed before any pace was run on them. The presets were then tuned on the seeds 1 to 5.
//!
//! [`Mix::UNSEEN`] is another set of behaviours, created after the tuning and never used for it:
//!
//! | mix | share | behaviour |
//! |---|---|---|
//! | quickening | 20 % | a rate that grows tenfold from the start to the end |
//! | slackening | 20 % | a rate that falls to a tenth |
//! | finishing | 20 % | steady, then 1 to 20 % of the length with every row attempted and the job not complete |
//! | shifts | 20 % | 3 to 12 shifts of steady work, with standstills of 0.2 to 2.2 times a shift between |
//! | quarters | 10 % | steady, of which the counters show only each full quarter |
//! | counted late | 10 % | counters that stand at 0 until the end |
//!
//! # The watch
//! A watch starts with the answer to the submit, which has the total and no progress. Answers take no time, so the
//! delay is caused by the pace alone.

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
