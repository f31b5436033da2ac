//! Tests of the waits and their bounds.

use std::time::Duration;

use super::super::wait::{approach, doubled, from_secs, jitter, open_ended};
use crate::poller::Pace;

fn approached(remaining: f64, uncertainty: f64, horizon: f64) -> f64 {
    approach(&Pace::balanced(), remaining, uncertainty, horizon).as_secs_f64()
}

#[test]
fn grows_with_the_age_at_a_decreasing_rate() {
    let wait =
        |age, rarity| open_ended(&Pace::balanced(), Duration::from_secs(age), rarity).as_secs_f64();
    assert!((wait(0, 1.0) - 1.0).abs() < 1e-9);
    assert!((wait(4, 1.0) - 2.0).abs() < 1e-9);
    // √(2 · 0.4 · 2000 · 4)
    assert!((wait(2_000, 1.0) - 80.0).abs() < 1e-9);
    assert!((wait(8_000, 1.0) - 160.0).abs() < 1e-9);
    assert!((wait(2_000, 4.0) - 160.0).abs() < 1e-9);
}

#[test]
fn a_near_end_is_polled_shortly_after_it() {
    let wait = |remaining, uncertainty| approached(remaining, uncertainty, 1_000.0);
    assert!((wait(100.0, 10.0) - (84.0 + 25.6_f64.sqrt())).abs() < 1e-9);
    assert!((wait(2.0, 0.1) - 2.16).abs() < 1e-9);
    assert!((wait(0.0, 0.0) - 0.2).abs() < 1e-9);
}

#[test]
fn the_horizon_of_the_estimate_limits_the_wait() {
    assert!((approached(900.0, 1.0, 5.0) - 5.0).abs() < 1e-9);
}

#[test]
fn no_estimate_leaves_the_bounds() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        -1.0,
        0.0,
    ];
    let bounds = Pace::balanced().shortest()..=Pace::balanced().longest();
    for remaining in odd {
        for uncertainty in odd {
            for horizon in odd {
                let wait = approach(&Pace::balanced(), remaining, uncertainty, horizon);
                assert!(
                    bounds.contains(&wait),
                    "{remaining} ± {uncertainty}: {wait:?}"
                );
            }
        }
    }
    for (lasted, rarity) in odd
        .into_iter()
        .flat_map(|odd| [(Duration::MAX, odd), (Duration::ZERO, odd)])
    {
        let wait = open_ended(&Pace::balanced(), lasted, rarity);
        assert!(bounds.contains(&wait), "{lasted:?}, {rarity}: {wait:?}");
    }
    assert_eq!(from_secs(f64::NAN), Duration::ZERO);
    assert_eq!(from_secs(f64::INFINITY), Duration::MAX);
}

#[test]
fn faults_double_the_wait_up_to_the_longest() {
    let after = |faults| doubled(&Pace::balanced(), faults).as_secs();
    assert_eq!([1, 2, 3, 4].map(after), [1, 2, 4, 8]);
    assert_eq!([30, 32, 33, u32::MAX].map(after), [1_800; 4]);
}

#[test]
fn the_jitter_covers_its_range_evenly() {
    let units = (0..10_000).map(|decision| (jitter(7, decision) - 0.9) / 0.2);
    let units: Vec<f64> = units.collect();
    assert!(units.iter().all(|unit| (0.0..=1.0).contains(unit)));
    for tenth in 0..10 {
        let tenth = f64::from(tenth) / 10.0;
        let count = units
            .iter()
            .filter(|unit| (tenth..tenth + 0.1).contains(*unit))
            .count();
        assert!((900..=1_100).contains(&count), "{count} from {tenth}");
    }
}

#[test]
fn the_jitter_differs_by_seed_and_by_decision() {
    let of = |seed, decision| jitter(seed, decision).to_bits();
    assert_eq!(of(1, 1), of(1, 1));
    assert_ne!(of(1, 1), of(2, 1));
    assert_ne!(of(1, 1), of(1, 2));
}

#[test]
fn the_jitter_is_that_of_split_mix() {
    // The first numbers of the reference implementation.
    for (number, bits) in (0..).zip([
        6_457_827_717_110_365_317_u64,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
    ]) {
        let unit = f64::from(u32::try_from(bits >> 32).unwrap()) / f64::from(u32::MAX);
        let factor = jitter(1_234_567, number);
        assert!((factor - (0.9 + 0.2 * unit)).abs() < 1e-12, "{factor}");
    }
}
