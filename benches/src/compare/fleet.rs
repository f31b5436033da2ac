//! The cost of a fleet.

use std::{
    error::Error,
    io::Write,
    time::{Duration, Instant},
};

use prism_imports::{Fleet, ImportHandle, Imports, poller::Pace};
use tokio::{
    runtime::{Builder, Runtime},
    time::advance,
};

use super::{
    Bound, Figure, Report,
    setup::{TEAM, answered_client},
};

/// Measures the overhead of a fleet per poll: the poll becomes due, is sent, and the next one is scheduled.
///
/// A service in the same task answers at once, and the virtual clock advances between two rounds. A poll by the fleet
/// therefore costs the fleet, the call and the decoding of the answer. The cost of a call without a fleet is measured
/// before and after each round and subtracted. The overhead is computed as a share of that cost, because the speed of a
/// shared machine varies, and the median share is multiplied by the median cost. An unmeasured round comes first to
/// warm the caches.
///
/// # Errors
///
/// Returns an error if a line cannot be written, a client cannot be built, or a poll fails.
pub fn fleet<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !report.includes("fleet") {
        return Ok(());
    }
    let mut client = Polls::by_client()?;
    let (mut fleets, mut polls) = (Vec::new(), Vec::new());
    for (jobs, _) in SIZES {
        fleets.push((Polls::by_fleet(jobs)?, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (fleet, shares) in &mut fleets {
            fleet.round()?;
            let (before, took, after) = (client.round()?, fleet.round()?, client.round()?);
            let poll = f64::midpoint(before, after);
            shares.push(took / poll - 1.0);
            polls.push(poll);
        }
    }
    let poll = median(polls);
    let cost = |(_, shares)| median(shares) * poll;
    let costs: Vec<_> = fleets.into_iter().map(cost).collect();
    for (cost, (_, name)) in costs.iter().zip(SIZES) {
        report.record(&Figure::new(name, *cost, "µs", Bound::AtMost(5.0)))?;
    }
    if let [few, .., many] = costs[..] {
        let (name, bound) = ("fleet/growth/1k-to-100k", Bound::AtMost(1.6));
        report.record(&Figure::new(name, many / few, "x-time", bound))?;
    }
    Ok(())
}

/// Polls jobs one after the other, in virtual time.
struct Polls {
    runtime: Runtime,
    by: By,
}

enum By {
    Client(Imports),
    Fleet(Box<Fleet>),
}

impl Polls {
    /// Polls with a client and no fleet.
    fn by_client() -> Result<Self, Box<dyn Error>> {
        let runtime = virtual_time()?;
        let client = runtime.block_on(async { answered_client() })?;
        let by = By::Client(client.imports());
        Ok(Self { runtime, by })
    }

    /// Polls with a fleet of this many jobs, each of which was polled once.
    fn by_fleet(jobs: u32) -> Result<Self, Box<dyn Error>> {
        let runtime = virtual_time()?;
        let by = By::Fleet(Box::new(runtime.block_on(started(jobs))?));
        Ok(Self { runtime, by })
    }

    /// Advances the clock until every job is due and returns the duration of a poll in microseconds.
    fn round(&mut self) -> Result<f64, Box<dyn Error>> {
        let Self { runtime, by } = self;
        runtime.block_on(async {
            advance(2 * LONGEST_WAIT).await;
            let start = Instant::now();
            for _ in 0..EVENTS {
                match by {
                    By::Client(imports) => drop(imports.get("job-7").await?),
                    By::Fleet(fleet) => {
                        drop(fleet.next().await.ok_or("the fleet ended early")?.1?);
                    }
                }
            }
            Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(EVENTS))
        })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Creates a runtime with a paused clock that advances to the next timer.
///
/// # Errors
///
/// Returns an error if the runtime cannot be built.
pub fn virtual_time() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
}

/// Creates a fleet whose jobs were each polled once.
///
/// # Errors
///
/// Returns an error if a poll fails.
pub async fn started(jobs: u32) -> Result<Fleet, Box<dyn Error>> {
    let pace = Pace::builder().longest(LONGEST_WAIT).build()?;
    let mut fleet = answered_client()?.imports().fleet().pace(pace);
    let team = TEAM.parse()?;
    for job in 0..jobs {
        fleet.add(ImportHandle::new(team, format!("job-{job}").parse()?));
    }
    for _ in 0..jobs {
        fleet.next().await.ok_or("the fleet ended early")?.1?;
    }
    Ok(fleet)
}

const SIZES: [(u32, &str); 3] = [
    (1_000, "fleet/event/1k-jobs"),
    (10_000, "fleet/event/10k-jobs"),
    (100_000, "fleet/event/100k-jobs"),
];
const EVENTS: u32 = 1_000;
const ROUNDS: usize = 51;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
