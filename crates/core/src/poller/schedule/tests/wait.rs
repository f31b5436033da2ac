//! Waits, and the bounds they keep to.

use std::time::Duration;

use super::super::{
    forecast::Outlook,
    wait::{after_fault, before_next, from_secs},
};
use crate::poller::Pace;

fn wait(age: u64, outlook: Outlook) -> f64 {
    before_next(&Pace::balanced(), Duration::from_secs(age), outlook).as_secs_f64()
}

#[test]
fn grows_with_the_age_and_ever_slower() {
    let blind = |age| wait(age, Outlook::Blind);
    assert!((blind(0) - 1.0).abs() < 1e-9);
    assert!((blind(4) - 2.0).abs() < 1e-9);
    // √(2 · 0.4 · 2000 · 4)
    assert!((blind(2_000) - 80.0).abs() < 1e-9);
    assert!((blind(8_000) - 160.0).abs() < 1e-9);
    assert!(wait(2_000, Outlook::Idle) > 3.0 * blind(2_000));
}

#[test]
fn meets_a_near_end_shortly_after_it() {
    let left = |left, doubt| {
        let reach = 1_000.0;
        wait(100, Outlook::Moving { left, doubt, reach })
    };
    assert!((left(100.0, 10.0) - (84.0 + 25.6_f64.sqrt())).abs() < 1e-9);
    assert!((left(2.0, 0.1) - 2.16).abs() < 1e-9);
    assert!((left(0.0, 0.0) - 0.2).abs() < 1e-9);
}

#[test]
fn looks_no_further_than_the_forecast_reaches() {
    let (left, doubt, reach) = (900.0, 1.0, 5.0);
    assert!((wait(9, Outlook::Moving { left, doubt, reach }) - 5.0).abs() < 1e-9);
}

#[test]
fn no_number_leaves_the_bounds() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        -1.0,
        0.0,
    ];
    let bounds = Pace::balanced().shortest()..=Pace::balanced().longest();
    for left in odd {
        for doubt in odd {
            for reach in odd {
                let outlook = Outlook::Moving { left, doubt, reach };
                let wait = before_next(&Pace::balanced(), Duration::MAX, outlook);
                assert!(bounds.contains(&wait), "{outlook:?}: {wait:?}");
            }
        }
    }
    assert_eq!(from_secs(f64::NAN), Duration::ZERO);
    assert_eq!(from_secs(f64::INFINITY), Duration::MAX);
}

#[test]
fn faults_double_the_wait_up_to_the_longest() {
    let after = |faults| after_fault(&Pace::balanced(), faults).as_secs();
    assert_eq!([1, 2, 3, 4].map(after), [1, 2, 4, 8]);
    assert_eq!([30, 32, 33, u32::MAX].map(after), [1_800; 4]);
}
