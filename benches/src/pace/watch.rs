//! A simulated watch.

use std::time::Duration;

use prism_imports_core::{
    ImportJob,
    poller::{Limits, Output, Pace, Poller},
    wire::{Snapshot, Status},
};

use super::Job;

/// A strategy for watching a job.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "all simulated strategies")]
pub enum Watch {
    /// A fixed wait, in seconds.
    Fixed(f64),
    /// A wait that doubles up to a maximum, both in seconds.
    Doubling(f64, f64),
    /// Our poller.
    Ours(Pace),
}

/// The result of a watch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the two figures of a watch")]
pub struct Outcome {
    /// The number of requests.
    pub requests: u32,
    /// The seconds from the end of the job to the request that saw it.
    pub delay: f64,
}

impl Watch {
    /// Watches each job until the first request after its end.
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
    // The simulated server sends no results.
    let limits = Limits::default().with_results_grace(Duration::ZERO);
    let mut poller = Poller::new(pace.clone(), limits, seed);
    let mut now = Duration::ZERO;
    poller.handle_snapshot(now, poll(job, 0.0), None);
    loop {
        match poller.poll_output(now) {
            Output::Wait { until } => now = until,
            Output::Fetch { .. } => {
                poller.handle_snapshot(now, poll(job, now.as_secs_f64()), None);
            }
            Output::Done | Output::Stopped(_) => break,
        }
    }
    Outcome {
        requests: poller.requests(),
        delay: now.as_secs_f64() - job.length(),
    }
}

/// Returns the answer of the server at a time.
fn poll(job: &Job, at: f64) -> ImportJob {
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
    ImportJob::try_from(snapshot).expect("the counters are within the total")
}
