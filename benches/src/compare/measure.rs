//! Taking turns.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

/// One side of a race: runs its work once and tells how long it took.
pub struct Side<'a>(Box<dyn FnMut() -> Duration + 'a>);

impl<'a> Side<'a> {
    /// Creates a side that is timed as a whole; what its work returns is dropped when the clock has stopped, so
    /// that a result of many small allocations is not charged with their end.
    pub fn of<T>(mut work: impl FnMut() -> T + 'a) -> Self {
        Self(Box::new(move || {
            let start = Instant::now();
            let result = black_box(work());
            let took = start.elapsed();
            drop(result);
            took
        }))
    }

    /// Creates a side whose work is too short for a clock: `times` runs are one turn.
    pub fn repeated<T>(times: u32, mut work: impl FnMut() -> T + 'a) -> Self {
        Self(Box::new(move || {
            let start = Instant::now();
            for _ in 0..times {
                black_box(work());
            }
            start.elapsed() / times
        }))
    }

    /// Creates a side that keeps its own time, as another process does.
    pub fn timed(work: impl FnMut() -> Duration + 'a) -> Self {
        Self(Box::new(work))
    }
}

impl fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side").finish_non_exhaustive()
    }
}

/// Lets the sides run in turns until `time` is over, after one turn each that does not count, and returns the median
/// of each in seconds.
pub fn race<const SIDES: usize>(time: Duration, mut sides: [Side<'_>; SIDES]) -> [f64; SIDES] {
    for Side(run) in &mut sides {
        run();
    }
    let start = Instant::now();
    let mut turns = [const { Vec::new() }; SIDES];
    while start.elapsed() < time || turns.iter().any(|turns| turns.len() < FEWEST) {
        for (Side(run), turns) in sides.iter_mut().zip(&mut turns) {
            turns.push(run());
        }
    }
    turns.map(|turns| median(turns).as_secs_f64())
}

fn median(mut turns: Vec<Duration>) -> Duration {
    turns.sort_unstable();
    turns.get(turns.len() / 2).copied().unwrap_or_default()
}

/// Turns of each side, at least, however long they take.
const FEWEST: usize = 5;
