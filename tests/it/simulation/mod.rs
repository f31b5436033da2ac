//! Clients, the sandbox and everything between them in virtual time: what one seed draws happens, each time the same.
//!
//! `docs/testing.md` says what is simulated and what must hold.

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

use self::{history::Pages, run::run, tally::Tally};

#[test]
fn every_import_ends_known_or_unknown_with_its_key() {
    if let Some(seed) = variable("SIM_SEED") {
        let pages = run(seed);
        println!("{}\n{}", pages.lines.join("\n"), pages.tally);
        assert!(pages.violations.is_empty(), "{}", tell(seed, &pages));
        return;
    }
    let seeds = variable("SIM_SEEDS").unwrap_or(50);
    let next = AtomicU64::new(0);
    let (mut tally, mut broken) = (Tally::default(), Vec::new());
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| work(&next, seeds)))
            .collect();
        for worker in workers {
            let (counts, failures) = worker.join().unwrap();
            tally.add(&counts);
            broken.extend(failures);
        }
    });
    println!("{tally}");
    assert!(
        broken.is_empty(),
        "{} of {seeds} seeds:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn one_seed_has_one_history() {
    for seed in [3, 11] {
        let (first, again) = (run(seed), run(seed));
        let differ = first.lines.iter().zip(&again.lines).find(|(a, b)| a != b);
        assert_eq!(differ, None, "seed {seed}");
        assert_eq!(first.digest(), again.digest(), "seed {seed}");
    }
    assert_ne!(run(3).digest(), run(11).digest());
}

/// Runs seeds until there are no more.
fn work(next: &AtomicU64, seeds: u64) -> (Tally, Vec<String>) {
    let (mut tally, mut broken) = (Tally::default(), Vec::new());
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds {
            return (tally, broken);
        }
        match catch_unwind(AssertUnwindSafe(|| run(seed))) {
            Ok(pages) => {
                tally.add(&pages.tally);
                if !pages.violations.is_empty() {
                    broken.push(tell(seed, &pages));
                }
            }
            Err(_) => broken.push(format!("seed {seed} panics; {}", command(seed))),
        }
    }
}

/// Tells what is wrong with a run, and how to see it again.
fn tell(seed: u64, pages: &Pages) -> String {
    let violations = pages.violations.join("\n");
    format!("seed {seed}:\n{violations}\n{}", command(seed))
}

fn command(seed: u64) -> String {
    format!(
        "SIM_SEED={seed} cargo test -p prism-imports-tests --test it simulation::every -- --nocapture"
    )
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("it is a number"))
}
