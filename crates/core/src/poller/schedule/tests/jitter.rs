//! Tests of the jitter.

use super::super::jitter::factor;

#[test]
fn covers_its_range_evenly() {
    let units = (0..10_000).map(|decision| (factor(7, decision) - 0.9) / 0.2);
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
fn differs_by_seed_and_by_decision() {
    let of = |seed, decision| factor(seed, decision).to_bits();
    assert_eq!(of(1, 1), of(1, 1));
    assert_ne!(of(1, 1), of(2, 1));
    assert_ne!(of(1, 1), of(1, 2));
}
