//! Tests of the estimated end.

use std::time::Duration;

use super::super::forecast::Forecast;
use crate::poller::Pace;

/// Polls a moving job at the given seconds and returns the remaining time and the uncertainty.
fn moving(polls: &[(u64, f64)]) -> (f64, f64) {
    forecast(polls).remaining().unwrap()
}

/// Returns the wait before the next poll of a job, in seconds.
fn wait(polls: &[(u64, f64)], age: u64) -> f64 {
    let age = Duration::from_secs(age);
    forecast(polls).wait(&Pace::balanced(), age).as_secs_f64()
}

/// Polls a job of ten million rows.
fn forecast(polls: &[(u64, f64)]) -> Forecast {
    let rows = Duration::from_secs(10_000_000);
    let mut forecast = Forecast::default();
    for (age, progress) in polls {
        let processed = rows.mul_f64(*progress).as_secs();
        forecast.observe(Duration::from_secs(*age), processed, rows.as_secs());
    }
    forecast
}

fn assert_near(value: f64, expected: f64) {
    assert!(
        (value - expected).abs() <= 0.06 * expected,
        "{value}, not {expected}"
    );
}

#[test]
fn there_is_no_estimate_before_the_first_movement() {
    let idle = |polls: &[(u64, f64)]| {
        assert_eq!(forecast(polls).remaining(), None, "{polls:?}");
        // Most likely it has not begun, so it is not polled as often as one without counters.
        assert!(wait(polls, 2_000) > 3.0 * wait(&[], 2_000), "{polls:?}");
    };
    assert_eq!(forecast(&[]).remaining(), None);
    idle(&[(0, 0.0)]);
    idle(&[(0, 0.0), (50, 0.0)]);
    // If the watch starts in the middle of a job, the rate is unknown until the counters move.
    idle(&[(50, 0.5)]);
}

fn assert_exact(polls: &[(u64, f64)], expected: (f64, f64)) {
    let (remaining, uncertainty) = moving(polls);
    let off = (remaining - expected.0).hypot(uncertainty - expected.1);
    assert!(off < 1e-3, "{polls:?}: {remaining} ± {uncertainty}");
}

#[test]
fn the_estimate_of_rows_is_computed_from_the_decaying_sums() {
    // A tenth in about 5 s, with an error of √(0.4² + 0.1²).
    let mut polls = vec![(0, 0.0), (10, 0.1)];
    assert_exact(&polls, (45.0, 18.553_975));
    // The sums decay by exp(-10 s / 45 s). The gain was 0.15, not 0.2, so the error is √((0.4² + 0.25²) / 2).
    polls.push((20, 0.25));
    assert_exact(&polls, (45.649_561, 15.895_620));
    polls.push((26, 0.25));
    assert_exact(&polls, (65.208_508, 28.706_235));
    polls.push((30, 0.3));
    assert_exact(&polls, (63.344_911, 35.132_340));
}

#[test]
fn the_estimate_of_steps_is_computed_from_the_times_between_two_polls() {
    let mut polls = vec![
        (0, 0.0),
        (80, 0.0),
        (110, 0.1),
        (190, 0.1),
        (230, 0.2),
        (280, 0.2),
        (310, 0.3),
        (390, 0.3),
        (430, 0.4),
    ];
    assert_exact(&polls, (562.362_203, 228.235_764));
    // Time passes, and the next step is due. Then it is late.
    assert_exact(
        &[&polls[..], &[(700, 0.4)]].concat(),
        (696.123_081, 421.175_397),
    );
    polls.push((480, 0.4));
    assert_exact(&polls, (512.362_203, 228.235_764));
    polls.push((530, 0.6));
    assert_exact(&polls, (273.854_544, 137.547_519));
}

#[test]
fn a_total_of_zero_is_ignored() {
    let mut forecast = forecast(&[(0, 0.0), (10, 0.1)]);
    let before = forecast.remaining();
    forecast.observe(Duration::from_secs(20), 0, 0);
    assert_eq!(forecast.remaining(), before);
}

#[test]
fn forecasts_are_equal_if_their_points_are() {
    let few = forecast(&[(0, 0.0), (10, 0.1), (40, 0.4)]);
    assert_eq!(few, forecast(&[(0, 0.0), (10, 0.1), (20, 0.2), (40, 0.4)]));
    assert_ne!(few, forecast(&[(0, 0.0), (10, 0.1), (40, 0.5)]));
}

#[test]
fn the_estimate_of_a_steady_rate_becomes_more_accurate() {
    let polls = [(0, 0.0), (130, 0.13), (310, 0.31), (570, 0.57), (900, 0.9)];
    let (left, doubt) = moving(&polls[..4]);
    assert!((left - 430.0).abs() <= doubt, "{left} ± {doubt}");
    let (left, closer) = moving(&polls);
    assert!((left - 100.0).abs() <= closer, "{left} ± {closer}");
    assert!(closer < doubt / 4.0, "{closer}");
}

#[test]
fn the_recent_rate_outweighs_an_earlier_one() {
    // 0.4 % per second at first, then 0.05 %.
    let polls = [
        (0, 0.0),
        (95, 0.38),
        (295, 0.48),
        (745, 0.705),
        (1_105, 0.885),
    ];
    let (left, ..) = moving(&polls);
    // 230 at the recent rate; the fast start still lowers the estimate a little.
    assert!((210.0..230.0).contains(&left), "{left}");
}

#[test]
fn a_standstill_delays_the_end_and_increases_the_uncertainty() {
    let moves = [(0, 0.0), (130, 0.13), (310, 0.31), (570, 0.57)];
    let (left, doubt) = moving(&moves);
    let (later, wider) = moving(&[&moves[..], &[(1_500, 0.57)]].concat());
    assert!(later > 2.0 * left, "{later}");
    assert!(wider > 5.0 * doubt, "{wider}");
}

#[test]
fn the_next_step_is_estimated_from_the_time_of_the_last_one() {
    // A tenth every 100 s; the last step was between 880 and 920.
    let polls: Vec<_> = (1..=9)
        .flat_map(|step: u32| {
            let at = u64::from(step) * 100;
            let tenths = |steps| f64::from(steps) / 10.0;
            [(at - 20, tenths(step - 1)), (at + 20, tenths(step))]
        })
        .collect();
    let (left, doubt) = moving(&polls);
    assert_near(left, 80.0);
    assert!((20.0..40.0).contains(&doubt), "{doubt}");
    let (left, ..) = moving(&[&polls[..], &[(960, 0.9)]].concat());
    assert_near(left, 40.0);
}

#[test]
fn the_first_movement_has_a_short_horizon() {
    // The work began about 5 seconds ago.
    assert_near(wait(&[(0, 0.0), (10, 0.000_1)], 10), 10.0);
}

#[test]
fn a_job_with_all_rows_processed_is_polled_by_the_time_since_then() {
    let polls = [(0, 0.0), (10, 0.5), (20, 1.0), (2_020, 1.0)];
    assert_near(wait(&polls, 9_000), wait(&[], 2_000));
}

#[test]
fn counters_and_clocks_that_go_back_are_ignored() {
    let polls = [(0, 0.0), (10, 0.2), (20, 0.4)];
    let expected = moving(&polls);
    assert_eq!(moving(&[&polls[..], &[(15, 0.9)]].concat()), expected);
    assert_eq!(moving(&[&polls[..], &[(20, 0.9)]].concat()), expected);
    let (_, doubt) = moving(&[&polls[..], &[(21, 0.1)]].concat());
    assert!(doubt > expected.1);
}

fn check_steps(gains: &[f64], expected: bool) {
    let mut progress = 0.0;
    let mut polls = vec![(0, progress)];
    for (at, gain) in (1..).zip(gains) {
        progress += gain;
        polls.push((at, progress));
    }
    assert_eq!(forecast(&polls).is_stepped(), expected, "{gains:?}");
}

#[test]
fn batches_are_distinguished_from_rows() {
    check_steps(&[], false);
    check_steps(&[0.1], false);
    check_steps(&[0.1, 0.1], false);
    check_steps(&[0.1, 0.1, 0.1], true);
    check_steps(&[0.3, 0.1, 0.2, 0.1], true);
    check_steps(&[0.1, 0.1, 0.1, 0.137], false);
    check_steps(&[0.101, 0.034, 0.057, 0.21], false);
    // Ten batches of 416 rows have 41 or 42 rows each.
    check_steps(&[41.0, 42.0, 41.0, 42.0].map(|rows| rows / 416.0), false);
    check_steps(&[499.0, 500.0, 499.0].map(|rows| rows / 4_996.0), true);
    // The size of a step is the smallest gain.
    check_steps(&[0.4, 0.2, 0.3], false);
    check_steps(&[0.05, 0.4, 0.35], true);
    check_steps(&[0.06, 0.3, 0.63], false);
}
