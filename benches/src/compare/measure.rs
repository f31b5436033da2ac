//! Timing alternatives in alternation.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

/// One side of a race: runs its work once and returns the duration.
pub struct Side<'a>(Box<dyn FnMut() -> Duration + 'a>);

impl<'a> Side<'a> {
    /// Creates a side that is timed as a whole. The result is dropped after the measurement, so its deallocation does
    /// not count.
    pub fn of<T>(mut work: impl FnMut() -> T + 'a) -> Self {
        Self(Box::new(move || {
            let start = Instant::now();
            let result = black_box(work());
            let took = start.elapsed();
            drop(result);
            took
        }))
    }

    /// Creates a side whose work is too short to be timed alone: each turn runs it `times` times.
    pub fn repeated<T>(times: u32, mut work: impl FnMut() -> T + 'a) -> Self {
        Self(Box::new(move || {
            let start = Instant::now();
            for _ in 0..times {
                black_box(work());
            }
            start.elapsed() / times
        }))
    }

    /// Creates a side that measures itself, for example in another process.
    pub fn timed(work: impl FnMut() -> Duration + 'a) -> Self {
        Self(Box::new(work))
    }
}

impl fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side").finish_non_exhaustive()
    }
}

/// Runs the sides in alternation until `time` has passed, after one warm-up turn each, and returns the median of each
/// in seconds.
pub fn race<const SIDES: usize>(time: Duration, mut sides: [Side<'_>; SIDES]) -> [f64; SIDES] {
    for Side(run) in &mut sides {
        run();
    }
    let start = Instant::now();
    let mut turns = [const { Vec::new() }; SIDES];
    while start.elapsed() < time || turns.iter().any(|turns| turns.len() < MIN_TURNS) {
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

/// The minimum number of turns per side, however long they take.
const MIN_TURNS: usize = 5;
