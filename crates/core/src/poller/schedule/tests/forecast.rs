//! What looks at counters foretell.

use std::time::Duration;

use super::super::forecast::{Forecast, Outlook};

/// Looks at a job at the given seconds and returns what follows: the time left, the doubt and the reach.
fn moving(looks: &[(u64, f64)]) -> (f64, f64, f64) {
    match outlook(looks) {
        Outlook::Moving { left, doubt, reach } => (left, doubt, reach),
        other @ (Outlook::Blind | Outlook::Idle | Outlook::Finishing { .. }) => {
            panic!("{other:?}")
        }
    }
}

fn outlook(looks: &[(u64, f64)]) -> Outlook {
    let mut forecast = Forecast::default();
    for (at, progress) in looks {
        forecast.observe(Duration::from_secs(*at), *progress);
    }
    forecast.outlook()
}

fn assert_near(value: f64, expected: f64) {
    assert!(
        (value - expected).abs() <= 0.06 * expected,
        "{value}, not {expected}"
    );
}

#[test]
fn says_nothing_before_there_is_something_to_say() {
    assert_eq!(outlook(&[]), Outlook::Blind);
    assert_eq!(outlook(&[(0, 0.0)]), Outlook::Idle);
    assert_eq!(outlook(&[(0, 0.0), (50, 0.0)]), Outlook::Idle);
    // A watch that finds a job half done knows no rate before it moves.
    assert_eq!(outlook(&[(50, 0.5)]), Outlook::Idle);
}

#[test]
fn a_steady_rate_tells_the_end_ever_closer() {
    let looks = [(0, 0.0), (130, 0.13), (310, 0.31), (570, 0.57), (900, 0.9)];
    let (left, doubt, _) = moving(&looks[..4]);
    assert!((left - 430.0).abs() <= doubt, "{left} ± {doubt}");
    let (left, closer, _) = moving(&looks);
    assert!((left - 100.0).abs() <= closer, "{left} ± {closer}");
    assert!(closer < doubt / 4.0, "{closer}");
}

#[test]
fn a_rate_that_changed_outweighs_the_one_before() {
    // 0.4 % a second at first, then 0.05 %.
    let looks = [
        (0, 0.0),
        (95, 0.38),
        (295, 0.48),
        (745, 0.705),
        (1_105, 0.885),
    ];
    let (left, ..) = moving(&looks);
    // 230, of which a little of the fast start is left.
    assert!((210.0..230.0).contains(&left), "{left}");
}

#[test]
fn a_standstill_moves_the_end_away_and_widens_the_doubt() {
    let moves = [(0, 0.0), (130, 0.13), (310, 0.31), (570, 0.57)];
    let (left, doubt, _) = moving(&moves);
    let (later, wider, _) = moving(&[&moves[..], &[(1_500, 0.57)]].concat());
    assert!(later > 2.0 * left, "{later}");
    assert!(wider > 5.0 * doubt, "{wider}");
}

#[test]
fn steps_are_counted_from_when_they_were_made() {
    // A tenth each 100 s, last seen to move between 880 and 920.
    let looks: Vec<_> = (1..=9)
        .flat_map(|step: u32| {
            let at = u64::from(step) * 100;
            let tenths = |steps| f64::from(steps) / 10.0;
            [(at - 20, tenths(step - 1)), (at + 20, tenths(step))]
        })
        .collect();
    let (left, doubt, _) = moving(&looks);
    assert_near(left, 80.0);
    assert!((20.0..40.0).contains(&doubt), "{doubt}");
    let (left, ..) = moving(&[&looks[..], &[(960, 0.9)]].concat());
    assert_near(left, 40.0);
}

#[test]
fn the_first_movement_is_not_trusted_far() {
    let (.., reach) = moving(&[(0, 0.0), (10, 0.000_1)]);
    assert_near(reach, 10.0);
}

#[test]
fn all_rows_attempted_is_not_the_end() {
    let looks = [(0, 0.0), (10, 0.5), (20, 1.0), (23, 1.0)];
    assert_eq!(outlook(&looks), Outlook::Finishing { since: 3.0 });
}

#[test]
fn counters_and_clocks_that_go_back_change_nothing() {
    let looks = [(0, 0.0), (10, 0.2), (20, 0.4)];
    let expected = outlook(&looks);
    assert_eq!(outlook(&[&looks[..], &[(15, 0.9)]].concat()), expected);
    let (_, doubt, _) = moving(&[&looks[..], &[(21, 0.1)]].concat());
    assert!(doubt > moving(&looks).1);
}
