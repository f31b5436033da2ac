//! Tests that the simulation matches its documentation and that the presets reach their targets.

use super::{Job, Mix, Report, Shares};

fn jobs(shares: &Shares) -> Vec<Job> {
    (0..2_000)
        .map(|number| Job::draw(shares, 3, number))
        .collect()
}

#[test]
fn shares_add_up_and_are_drawn_as_documented() {
    for shares in [Mix::TUNED, Mix::UNSEEN] {
        assert_eq!(shares.iter().map(|(_, share)| share).sum::<u32>(), 100);
        let jobs = jobs(shares);
        for (mix, share) in shares {
            let drawn = jobs.iter().filter(|job| job.mix() == *mix).count();
            let percent = drawn * 100 / jobs.len();
            assert!(percent.abs_diff(*share as usize) <= 3, "{mix}: {percent} %");
        }
    }
}

#[test]
fn counters_are_monotonic_and_within_the_total() {
    for job in [jobs(Mix::TUNED), jobs(Mix::UNSEEN)].concat() {
        let counters = (0..=200).map(|part| job.processed(job.length() * f64::from(part) / 200.0));
        let counters: Vec<u32> = counters.flatten().collect();
        assert!(counters.is_sorted(), "{}: {counters:?}", job.mix());
        assert!(counters.last().is_none_or(|last| *last <= job.rows()));
        assert_eq!(counters.is_empty(), job.mix() == Mix::NoCounters);
    }
}

#[test]
fn lengths_are_log_uniform() {
    let jobs = jobs(Mix::TUNED);
    let jobs: Vec<_> = jobs
        .iter()
        .filter(|job| job.mix() != Mix::VeryShort)
        .collect();
    for (least, most) in [
        (1.0, 17.1),
        (17.1, 294.0),
        (294.0, 5_040.0),
        (5_040.0, 86_400.0),
    ] {
        let within = jobs
            .iter()
            .filter(|job| (least..most).contains(&job.length()))
            .count();
        assert!(
            (22..=28).contains(&(within * 100 / jobs.len())),
            "{within} from {least} s"
        );
    }
}

#[test]
fn presets_reach_their_targets_on_an_unseen_seed() {
    let report = Report::run(Mix::TUNED, 2_026, 4_000);
    for target in report.targets() {
        assert!(target.is_met(), "{target}");
    }
}

#[test]
fn reports_are_deterministic() {
    let report = || Report::run(Mix::UNSEEN, 9, 50).to_string();
    assert_eq!(report(), report());
}
