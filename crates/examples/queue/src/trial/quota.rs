//! Runs workers that are allowed fewer requests than they need, and checks that they keep to it.

use std::time::Duration;

use clap::Args;
use prism_imports_sandbox::Sandbox;
use tokio::time::{Instant, sleep};

use super::Trial;
use crate::{BoxError, quota::Limits};

#[derive(Args, Debug)]
pub(crate) struct QuotaTest {
    /// The number of worker processes
    #[arg(long, default_value = "4")]
    workers: usize,
    #[command(flatten)]
    limits: Limits,
}

impl QuotaTest {
    pub(crate) async fn run(self, url: &str) -> Result<(), BoxError> {
        let limits = self.limits;
        let sandbox = Sandbox::builder().rows_per_second(100.0).sync_below(10);
        let mut trial = Trial::start(url, sandbox, limits).await?;
        // Each needs two requests at least.
        for _ in 0..limits.per_month {
            trial.enqueue(10).await?;
        }
        let mut workers = Vec::new();
        for number in 0..self.workers {
            workers.push(trial.worker(&number.to_string(), &["--pace", "prompt"])?);
        }
        let began = Instant::now();
        let (mut first, mut last) = (None, began);
        let mut seen = 0;
        // Ends when no request has come for some seconds.
        while began.elapsed() < LONGEST_TEST && (seen == 0 || last.elapsed() < QUIET) {
            sleep(Duration::from_millis(1)).await;
            let requests = trial.server.requests();
            if requests > seen {
                seen = requests;
                last = Instant::now();
                first.get_or_insert(last);
            }
        }
        let took = first.map_or(Duration::ZERO, |first| last - first);
        let allowed = u64::try_from(limits.per_month)?;
        println!(
            "{} processes: {seen} requests of {allowed} allowed, in {:.2} s at {} a second",
            workers.len(),
            took.as_secs_f64(),
            limits.per_second,
        );
        // All places but the first are a gap after another one.
        let gap = Duration::from_secs(1) / u32::try_from(limits.per_second)?;
        let shortest = gap * u32::try_from(allowed.saturating_sub(1))?;
        if seen == allowed && took + DELIVERY >= shortest {
            Ok(())
        } else {
            Err("the limits were not kept".into())
        }
    }
}

/// Longer than any wait between two requests that are allowed.
const QUIET: Duration = Duration::from_secs(5);
/// How much later than its place a request may arrive.
const DELIVERY: Duration = Duration::from_millis(500);
const LONGEST_TEST: Duration = Duration::from_mins(2);
