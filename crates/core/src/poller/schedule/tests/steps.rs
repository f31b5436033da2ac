//! Tests of the detection of batches.

use super::super::steps::Steps;

fn check(gains: &[f64], expected: bool) {
    let mut steps = Steps::default();
    for gain in gains {
        steps.measure(*gain);
    }
    assert_eq!(steps.are_visible(), expected, "{gains:?}");
}

#[test]
fn distinguishes_batches_from_rows() {
    check(&[], false);
    check(&[0.1], false);
    check(&[0.1, 0.1], false);
    check(&[0.1, 0.1, 0.1], true);
    check(&[0.3, 0.1, 0.2, 0.1], true);
    check(&[0.1, 0.1, 0.1, 0.137], false);
    check(&[0.101, 0.034, 0.057, 0.21], false);
    // Ten batches of 416 rows have 41 or 42 rows each.
    check(&[41.0, 42.0, 41.0, 42.0].map(|rows| rows / 416.0), false);
    check(&[499.0, 500.0, 499.0].map(|rows| rows / 4_996.0), true);
}

#[test]
fn the_size_of_a_step_is_the_smallest_gain() {
    let mut steps = Steps::default();
    for gain in [0.4, 0.2, 0.6] {
        steps.measure(gain);
    }
    assert!((steps.size() - 0.2).abs() < f64::EPSILON);
}
