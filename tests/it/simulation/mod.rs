//! Clients, the sandbox and the network in virtual time. Each run is determined by its seed.
//!
//! `docs/testing.md` describes what is simulated and which properties must hold.

mod history;
mod judge;
mod meter;
mod network;
mod program;
mod run;
mod store;
mod tally;
mod weather;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use self::{history::Log, run::run, tally::Tally};

#[test]
fn every_import_has_a_known_outcome_or_keeps_its_key() {
    if let Some(seed) = variable("SIM_SEED") {
        let log = run(seed);
        println!("{}\n{}", log.lines.join("\n"), log.tally);
        assert!(log.violations.is_empty(), "{}", describe(seed, &log));
        return;
    }
    let seeds = variable("SIM_SEEDS").unwrap_or(50);
    let next = AtomicU64::new(0);
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| work(&next, seeds)))
            .collect();
        for worker in workers {
            let (counts, failures) = worker.join().unwrap();
            tally.add(&counts);
            failed.extend(failures);
        }
    });
    println!("{tally}");
    assert!(
        failed.is_empty(),
        "{} of {seeds} seeds:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn runs_are_deterministic() {
    for seed in [3, 11] {
        let (first, again) = (run(seed), run(seed));
        let differ = first.lines.iter().zip(&again.lines).find(|(a, b)| a != b);
        assert_eq!(differ, None, "seed {seed}");
        assert_eq!(first.digest(), again.digest(), "seed {seed}");
    }
    assert_ne!(run(3).digest(), run(11).digest());
}

/// Runs seeds until all have run.
fn work(next: &AtomicU64, seeds: u64) -> (Tally, Vec<String>) {
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds {
            return (tally, failed);
        }
        match catch_unwind(AssertUnwindSafe(|| run(seed))) {
            Ok(log) => {
                tally.add(&log.tally);
                if !log.violations.is_empty() {
                    failed.push(describe(seed, &log));
                }
            }
            Err(_) => failed.push(format!("seed {seed} panicked; {}", command(seed))),
        }
    }
}

/// Describes the violations of a run and how to reproduce it.
fn describe(seed: u64, log: &Log) -> String {
    let violations = log.violations.join("\n");
    format!("seed {seed}:\n{violations}\n{}", command(seed))
}

fn command(seed: u64) -> String {
    format!(
        "SIM_SEED={seed} cargo test -p prism-imports-tests --test it simulation::every -- --nocapture"
    )
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("the variable is a number"))
}
