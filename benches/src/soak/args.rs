//! The command-line arguments of the program.

use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    time::Duration,
};

use clap::Parser;
use prism_imports_sandbox::{Builder, Clock, Sandbox};
use prism_imports_tests::load::{Orders, Sizes, faults};

/// Submits imports to a sandbox on loopback, watches their jobs under faults and counts every row.
#[derive(Clone, Debug, Parser)]
#[command(name = "soak", max_term_width = 110)]
#[non_exhaustive]
pub struct Arguments {
    /// How long imports are submitted; the running jobs are then watched until they end
    #[arg(long, value_name = "NUMBER", default_value = "10")]
    pub minutes: NonZeroU16,
    /// The seed of the import sizes and of the faults
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub seed: u64,
    /// The number of concurrent submitters
    #[arg(long, value_name = "NUMBER", default_value = "64")]
    pub submitters: NonZeroU16,
    /// The number of concurrent jobs
    #[arg(long, value_name = "NUMBER", default_value = "5000")]
    pub jobs: NonZeroU32,
    /// The share of requests that fail, in percent
    #[arg(long, value_name = "PERCENT", default_value = "2")]
    pub faults: f64,
}

impl Arguments {
    /// Returns the number of concurrent jobs.
    pub fn slots(&self) -> usize {
        usize::try_from(self.jobs.get()).unwrap_or(usize::MAX)
    }

    /// Returns an unlimited source of imports.
    pub fn orders(&self) -> Orders {
        Orders::new(self.seed, SIZES, u64::MAX)
    }

    /// Returns a sandbox with room for the watched jobs and as many finished ones.
    pub fn sandbox(&self) -> Builder {
        let jobs = self.slots().saturating_mul(2);
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

/// At one row per second a job takes 50 s to 200 s, 108 s on average. With 5,000 jobs, 46 end per second.
const SIZES: Sizes = Sizes { job: 50, most: 200 };
/// The rate of a job, in real time.
const ROWS_PER_SECOND: f64 = 1.0;
/// More than the mean number of rows per job, 108, so the limit on jobs is reached before that on rows.
const MEAN_ROWS: usize = 150;
/// The speed of the clock of the sandbox. Idempotency keys expire after 24 hours, which is 86 s in real time, so the
/// sandbox stores as many answers after two minutes as after ten. No submit takes that long.
const SCALE: NonZeroU32 = NonZeroU32::new(1_000).expect("not 0");
/// The longest time between two polls of a job. In the time of the sandbox a job that runs for a minute is hours old
/// and would be polled rarely; the sandbox could evict it before its end is seen.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The duration of a stall and the lag of a replica, in real time.
const PAUSE: Duration = Duration::from_secs(5);
