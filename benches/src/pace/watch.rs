//! One watch of one job.

use std::time::Duration;

use prism_imports_core::{
    ImportJob,
    poller::{Limits, Output, Pace, Poller},
    wire::{Snapshot, Status},
};

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
    /// Watches each job from its beginning to the first request after its end.
    pub fn run_all(&self, jobs: &[Job], seed: u64) -> Vec<Outcome> {
        let seeds = seed.wrapping_mul(1_000_003)..;
        let run = |(job, seed): (&Job, u64)| match self {
            Self::Fixed(wait) => doubling(job, *wait, *wait),
            Self::Doubling(first, most) => doubling(job, *first, *most),
            Self::Ours(pace) => ours(job, pace, seed),
        };
        jobs.iter().zip(seeds).map(run).collect()
    }
}

fn doubling(job: &Job, first: f64, most: f64) -> Outcome {
    let (mut at, mut wait, mut requests) = (first, first, 1);
    while at < job.length() {
        wait = (2.0 * wait).min(most);
        at += wait;
        requests += 1;
    }
    let delay = at - job.length();
    Outcome { requests, delay }
}

fn ours(job: &Job, pace: &Pace, seed: u64) -> Outcome {
    let mut poller = Poller::new(pace.clone(), Limits::default(), seed);
    let mut now = Duration::ZERO;
    poller.handle_snapshot(now, look(job, 0.0), None);
    loop {
        match poller.poll_output(now) {
            Output::Wait { until } => now = until,
            Output::Fetch { .. } => {
                poller.handle_snapshot(now, look(job, now.as_secs_f64()), None);
            }
            Output::Done | Output::Stopped(_) => break,
        }
    }
    Outcome {
        requests: poller.requests(),
        delay: now.as_secs_f64() - job.length(),
    }
}

/// Returns the job as the server shows it at a time.
fn look(job: &Job, at: f64) -> ImportJob {
    let has_ended = at >= job.length();
    let status = if has_ended {
        Status::Complete
    } else {
        Status::Processing
    };
    let mut snapshot = Snapshot::new(status, job.rows().into());
    snapshot.job_id = Some("simulated".into());
    if !has_ended {
        snapshot.processed = job.processed(at).map(i64::from);
    }
    ImportJob::try_from(snapshot).expect("rows within the total, and fewer before the end")
}
