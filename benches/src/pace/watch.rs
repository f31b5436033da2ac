//! One watch of one job.

use std::time::Duration;

use prism_imports_core::poller::{Limits, Pace, Schedule, Sighting, Step};

use super::Job;

/// A way to watch a job.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the simulation knows them all")]
pub enum Watch {
    /// The same wait again and again, in seconds.
    Fixed(f64),
    /// A wait in seconds that doubles up to another one.
    Doubling(f64, f64),
    /// Ours.
    Ours(Pace),
}

/// What a watch came to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the two figures that everything here is about"
)]
pub struct Outcome {
    /// How many requests it took.
    pub requests: u32,
    /// The seconds from the job's end to the request that saw it.
    pub delay: f64,
}

impl Watch {
    /// Watches a job from its beginning to the first request after its end.
    pub fn run(&self, job: &Job, seed: u64) -> Outcome {
        match self {
            Self::Fixed(wait) => doubling(job, *wait, *wait),
            Self::Doubling(first, most) => doubling(job, *first, *most),
            Self::Ours(pace) => ours(job, pace, seed),
        }
    }
}

fn doubling(job: &Job, first: f64, most: f64) -> Outcome {
    let (mut at, mut wait, mut requests) = (first, first, 1);
    while at < job.length() {
        wait = (2.0 * wait).min(most);
        at += wait;
        requests += 1;
    }
    Outcome {
        requests,
        delay: at - job.length(),
    }
}

fn ours(job: &Job, pace: &Pace, seed: u64) -> Outcome {
    let mut schedule = Schedule::new(pace.clone(), Limits::default(), seed);
    let mut now = Duration::ZERO;
    schedule.handle_sighting(now, &sighting(job, 0.0), None);
    loop {
        match schedule.poll_output(now) {
            Step::Wait { until } => now = until,
            Step::Fetch { .. } => {
                schedule.handle_sighting(now, &sighting(job, now.as_secs_f64()), None);
            }
            Step::Done | Step::Stopped(_) => break,
        }
    }
    Outcome {
        requests: schedule.requests(),
        delay: now.as_secs_f64() - job.length(),
    }
}

fn sighting(job: &Job, at: f64) -> Sighting {
    if at >= job.length() {
        return Sighting::end();
    }
    match job.processed(at) {
        Some(processed) => Sighting::open().with_progress(processed.into(), job.rows().into()),
        None => Sighting::open(),
    }
}
