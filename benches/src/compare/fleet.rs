//! Many jobs in one task.

use std::{error::Error, io::Write, time::Instant};

use prism_imports::{Fleet, ImportHandle};
use tokio::runtime::{Builder, Runtime};

use super::{
    Bound, Figure, Report,
    setup::{TEAM, answered_client},
};

/// Measures what one look costs among many: it falls due, is taken, and the next one is planned.
///
/// The looks are answered at once by a service in the same task, and the clock is virtual, so that what is left is
/// the fleet, the call and the reading of the answer.
///
/// # Errors
///
/// When a line cannot be written, or a client cannot be built.
pub fn fleet<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !report.wants("fleet") {
        return Ok(());
    }
    let mut times = [0.0; SIZES.len()];
    for (time, (jobs, name)) in times.iter_mut().zip(SIZES) {
        *time = event(jobs)?;
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

/// Returns the median of an event in microseconds, when each job was looked at once before.
fn event(jobs: u32) -> Result<f64, Box<dyn Error>> {
    let runtime = virtual_time()?;
    runtime.block_on(async {
        let mut fleet = started(jobs).await?;
        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let start = Instant::now();
            for _ in 0..EVENTS {
                fleet.next().await.ok_or("no job leaves")?.1?;
            }
            turns.push(start.elapsed() / EVENTS);
        }
        turns.sort_unstable();
        Ok(turns[TURNS / 2].as_secs_f64() * 1e6)
    })
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
    let mut fleet = Fleet::new(&answered_client()?);
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
