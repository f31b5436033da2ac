//! Tests of the presets, the bounds and deserialization.

use std::time::Duration;

use super::{Pace, PaceBuilder};

#[test]
fn presets_are_within_the_bounds() {
    for pace in [Pace::prompt(), Pace::balanced(), Pace::frugal()] {
        assert_eq!(PaceBuilder::from(pace.clone()).build(), Ok(pace));
    }
}

#[test]
fn presets_are_ordered_by_their_delay() {
    let presets = [Pace::prompt(), Pace::balanced(), Pace::frugal()];
    assert!(presets.is_sorted_by_key(Pace::request_worth));
    assert!(presets.is_sorted_by_key(Pace::first));
    assert!(presets.is_sorted_by_key(Pace::growth_percent));
    assert!(presets.is_sorted_by_key(Pace::shortest));
    assert!(presets.is_sorted_by_key(Pace::longest));
    assert_ne!(presets[0], presets[1]);
    assert_ne!(presets[1], presets[2]);
}

#[test]
fn errors_name_the_setting_and_its_bounds() {
    let check = |builder: PaceBuilder, expected: &str| {
        assert_eq!(builder.build().unwrap_err().to_string(), expected);
    };
    let pace = Pace::builder;
    let (zero, day) = (Duration::ZERO, Duration::from_secs(86_400));
    check(
        pace().request_worth(zero),
        "pace setting `request_worth` is 0ns, outside 1ms to 3600s",
    );
    check(
        pace().first(day),
        "pace setting `first` is 86400s, outside 10ms to 3600s",
    );
    check(
        pace().growth_percent(0),
        "pace setting `growth_percent` is 0 %, outside 1 % to 400 %",
    );
    check(
        pace().growth_percent(401),
        "pace setting `growth_percent` is 401 %, outside 1 % to 400 %",
    );
    check(
        pace().shortest(zero),
        "pace setting `shortest` is 0ns, outside 10ms to 3600s",
    );
    check(
        pace().longest(zero),
        "pace setting `longest` is 0ns, outside 200ms to 604800s",
    );
    check(
        pace().longest(day * 8),
        "pace setting `longest` is 691200s, outside 200ms to 604800s",
    );
}

#[test]
fn a_stored_pace_is_checked_like_a_built_one() {
    let stored = serde_json::to_string(&Pace::frugal()).unwrap();
    assert_eq!(
        serde_json::from_str::<Pace>(&stored).unwrap(),
        Pace::frugal()
    );
    let forged = stored.replace("\"growth_percent\":100", "\"growth_percent\":0");
    assert_ne!(forged, stored);
    let error = serde_json::from_str::<Pace>(&forged)
        .unwrap_err()
        .to_string();
    assert!(error.contains("`growth_percent` is 0 %"), "{error}");
}
