//! Many jobs in one task.

use std::{
    error::Error,
    io::Write,
    time::{Duration, Instant},
};

use prism_imports::{Fleet, ImportHandle, poller::Pace};
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
/// alone, is taken off.
///
/// # Errors
///
/// When a line cannot be written, or a client cannot be built.
pub fn fleet<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !report.wants("fleet") {
        return Ok(());
    }
    let look = alone()?;
    let mut times = [0.0; SIZES.len()];
    for (time, (jobs, name)) in times.iter_mut().zip(SIZES) {
        *time = among(jobs)? - look;
        let figure = Figure::new(name, *time, "µs", Bound::AtMost(5.0));
        report.tell(&figure)?;
    }
    let [few, .., many] = times;
    let bound = Bound::AtMost(1.6);
    report.tell(&Figure::new(
        "fleet/growth/1k-to-100k",
        many / few,
        "x-time",
        bound,
    ))?;
    Ok(())
}

/// Returns the median of a look in microseconds, when each job was looked at once before.
fn among(jobs: u32) -> Result<f64, Box<dyn Error>> {
    virtual_time()?.block_on(async {
        let mut fleet = started(jobs).await?;
        median(async || {
            for _ in 0..EVENTS {
                fleet.next().await.ok_or("no job leaves")?.1?;
            }
            Ok(())
        })
        .await
    })
}

/// Returns the median of the same look by nobody but the client.
fn alone() -> Result<f64, Box<dyn Error>> {
    virtual_time()?.block_on(async {
        let imports = answered_client()?.imports();
        median(async || {
            for _ in 0..EVENTS {
                imports.get("job-7").await?;
            }
            Ok(())
        })
        .await
    })
}

/// Returns the median of a look in microseconds; before each turn enough time goes by for every job to be due.
async fn median(
    mut turn: impl AsyncFnMut() -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        advance(2 * LONGEST_WAIT).await;
        let start = Instant::now();
        turn().await?;
        turns.push(start.elapsed() / EVENTS);
    }
    turns.sort_unstable();
    Ok(turns[TURNS / 2].as_secs_f64() * 1e6)
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
const TURNS: usize = 51;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
