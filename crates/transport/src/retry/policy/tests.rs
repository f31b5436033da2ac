use std::time::Duration;

use super::Backoff;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[track_caller]
fn check(attempt: u32, hint: Option<Duration>, least: Duration, most: Duration) {
    let backoff = Backoff::default();
    assert_eq!(backoff.delay(attempt, hint, 0.0), least, "least");
    assert_eq!(backoff.delay(attempt, hint, 1.0), most, "most");
}

#[test]
fn waits_double_up_to_the_cap() {
    check(1, None, ms(250), ms(500));
    check(2, None, ms(500), ms(1_000));
    check(3, None, ms(1_000), ms(2_000));
    check(5, None, ms(4_000), ms(8_000));
    check(6, None, ms(4_000), ms(8_000));
    check(u32::MAX, None, ms(4_000), ms(8_000));
}

#[test]
fn a_hint_is_a_floor_with_jitter_above() {
    check(1, Some(ms(0)), ms(250), ms(500));
    check(1, Some(ms(100)), ms(250), ms(500));
    check(1, Some(ms(20_000)), ms(20_000), ms(20_250));
    check(6, Some(ms(20_000)), ms(20_000), ms(24_000));
}

#[test]
fn extreme_settings_saturate() {
    let never = Backoff::new(Duration::MAX, Duration::MAX);
    assert_eq!(never.ceiling(40), Duration::MAX);
    let wait = never.delay(40, Some(Duration::MAX), 1.0);
    assert_eq!(wait, Duration::MAX);
    let none = Backoff::new(Duration::ZERO, Duration::MAX);
    assert_eq!(none.delay(3, None, 1.0), Duration::ZERO);
}

#[test]
fn draws_cover_their_range_also_at_the_cap() {
    let backoff = Backoff::default();
    for attempt in [1, 2, 9] {
        let top = backoff.ceiling(attempt);
        let draws: Vec<_> = (0..10_000)
            .map(|_| backoff.delay(attempt, None, fastrand::f64()))
            .collect();
        // Ten bins of equal width, each within a third of its share.
        let mut bins = [0_u32; 10];
        for draw in &draws {
            assert!(*draw >= top / 2 && *draw <= top, "{draw:?} of {top:?}");
            let part = draw.saturating_sub(top / 2).as_nanos() * 10 / (top / 2).as_nanos();
            bins[usize::try_from(part).unwrap().min(9)] += 1;
        }
        assert!(
            bins.iter().all(|count| (667..=1_333).contains(count)),
            "{bins:?}"
        );
    }
}
