//! Many jobs in one task.

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

/// Measures what the fleet adds to a look: it falls due, is begun, and the next one is planned.
///
/// The looks are answered at once by a service in the same task, and the clock is virtual and moved on between two
/// turns, so that a look among many costs the fleet, the call and the reading of the answer. A call with its reading,
/// alone, is taken off: the one before the turn and the one after it. What is left is taken as a share of them, since
/// a machine that others use too is not as fast from one second to the next, and the median share is that of the
/// median look. A turn that does not count comes first, so that a fleet is found in the cache as far as it has room
/// there, whatever ran in between.
///
/// # Errors
///
/// When a line cannot be written, a client cannot be built, or a look fails.
pub fn fleet<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !report.wants("fleet") {
        return Ok(());
    }
    let mut alone = Looks::alone()?;
    let (mut fleets, mut looks) = (Vec::new(), Vec::new());
    for (jobs, _) in SIZES {
        fleets.push((Looks::among(jobs)?, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (among, shares) in &mut fleets {
            among.turn()?;
            let (before, took, after) = (alone.turn()?, among.turn()?, alone.turn()?);
            let look = f64::midpoint(before, after);
            shares.push(took / look - 1.0);
            looks.push(look);
        }
    }
    let look = median(looks);
    let cost = |(_, shares)| median(shares) * look;
    let costs: Vec<_> = fleets.into_iter().map(cost).collect();
    for (cost, (_, name)) in costs.iter().zip(SIZES) {
        report.tell(&Figure::new(name, *cost, "µs", Bound::AtMost(5.0)))?;
    }
    if let [few, .., many] = costs[..] {
        let (name, bound) = ("fleet/growth/1k-to-100k", Bound::AtMost(1.6));
        report.tell(&Figure::new(name, many / few, "x-time", bound))?;
    }
    Ok(())
}

/// Looks at jobs, one after the other, in a time of their own.
struct Looks {
    runtime: Runtime,
    by: By,
}

enum By {
    Client(Imports),
    Fleet(Box<Fleet>),
}

impl Looks {
    /// Looks by nobody but the client.
    fn alone() -> Result<Self, Box<dyn Error>> {
        let runtime = virtual_time()?;
        let client = runtime.block_on(async { answered_client() })?;
        let by = By::Client(client.imports());
        Ok(Self { runtime, by })
    }

    /// Looks by a fleet of so many jobs, each of which was looked at once before.
    fn among(jobs: u32) -> Result<Self, Box<dyn Error>> {
        let runtime = virtual_time()?;
        let by = By::Fleet(Box::new(runtime.block_on(started(jobs))?));
        Ok(Self { runtime, by })
    }

    /// Returns what a look takes in microseconds; before that enough time goes by for every job to be due.
    fn turn(&mut self) -> Result<f64, Box<dyn Error>> {
        let Self { runtime, by } = self;
        runtime.block_on(async {
            advance(2 * LONGEST_WAIT).await;
            let start = Instant::now();
            for _ in 0..EVENTS {
                match by {
                    By::Client(imports) => drop(imports.get("job-7").await?),
                    By::Fleet(fleet) => drop(fleet.next().await.ok_or("no job leaves")?.1?),
                }
            }
            Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(EVENTS))
        })
    }
}

fn median(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns.get(turns.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Makes a runtime whose clock jumps to what is awaited next.
///
/// # Errors
///
/// When the machine gives none.
pub fn virtual_time() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
}

/// Makes a fleet of which each job was looked at once.
///
/// # Errors
///
/// When a look fails.
pub async fn started(jobs: u32) -> Result<Fleet, Box<dyn Error>> {
    let pace = Pace::builder().longest(LONGEST_WAIT).build()?;
    let mut fleet = Fleet::new(&answered_client()?).pace(pace);
    let team = TEAM.parse()?;
    for job in 0..jobs {
        fleet.add(ImportHandle::new(team, format!("job-{job}").parse()?));
    }
    for _ in 0..jobs {
        fleet.next().await.ok_or("no job leaves")?.1?;
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
