//! The program's arguments, and what they ask for.

use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    time::Duration,
};

use clap::Parser;
use prism_imports_sandbox::{Builder, Clock, Sandbox};
use prism_imports_tests::load::{Orders, Sizes, faults};

/// Submits imports to a sandbox on loopback and follows their jobs while things go wrong, and accounts for every
/// row.
#[derive(Clone, Debug, Parser)]
#[command(name = "soak", max_term_width = 110)]
#[non_exhaustive]
pub struct Arguments {
    /// How long imports are submitted; then the jobs under way are followed to their ends
    #[arg(long, value_name = "NUMBER", default_value = "10")]
    pub minutes: NonZeroU16,
    /// The seed of the imports' sizes and of the faults
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub seed: u64,
    /// How many submit at once
    #[arg(long, value_name = "NUMBER", default_value = "64")]
    pub submitters: NonZeroU16,
    /// How many jobs are followed at any time
    #[arg(long, value_name = "NUMBER", default_value = "5000")]
    pub jobs: NonZeroU32,
    /// The share of requests that goes wrong, in percent
    #[arg(long, value_name = "PERCENT", default_value = "2")]
    pub faults: f64,
}

impl Arguments {
    /// Returns how many jobs are followed.
    pub fn places(&self) -> usize {
        usize::try_from(self.jobs.get()).unwrap_or(usize::MAX)
    }

    /// Returns the imports, without end.
    pub fn orders(&self) -> Orders {
        Orders::new(self.seed, SIZES, u64::MAX)
    }

    /// Returns a sandbox that holds what is followed, and as much again that has finished.
    pub fn sandbox(&self) -> Builder {
        let jobs = self.places().saturating_mul(2);
        let sandbox = Sandbox::builder()
            .seed(self.seed)
            .clock(Clock::scaled(SCALE))
            .sync_below(SIZES.job)
            .rows_per_second(ROWS_PER_SECOND / f64::from(SCALE.get()))
            .max_jobs(NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN))
            .max_rows_held(jobs.saturating_mul(MEAN_ROWS));
        faults(self.faults / 100.0, PAUSE * SCALE.get())
            .into_iter()
            .fold(sandbox, Builder::fault)
    }
}

/// At a row a second a job takes 50 s to 200 s, 108 s in the mean: with 5,000 under way 46 end in a second.
const SIZES: Sizes = Sizes { job: 50, most: 200 };
/// Of a job, in a second of ours.
const ROWS_PER_SECOND: f64 = 1.0;
/// More than the mean of a job's rows, which is 108: the bound on jobs is met before that on rows.
const MEAN_ROWS: usize = 150;
/// How much faster the sandbox's time runs: its 24 hours of an idempotency key end after 86 s, so that it holds as
/// many answers after two minutes as after ten. No submit takes so long.
const SCALE: NonZeroU32 = NonZeroU32::new(1_000).expect("not 0");
/// The longest time between two looks at a job. By the sandbox's dates a job of a minute is hours old, and would be
/// looked at as seldom as one: it could have made room for others before its end was seen.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a job stalls, and how far a replica lags, in our time.
const PAUSE: Duration = Duration::from_secs(5);
