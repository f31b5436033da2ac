//! Tests of the builder.

use std::{num::NonZeroU32, time::Duration};

use super::Builder;
use crate::{Envelope, Fault, RateLimit, RetryHint, Sandbox, Scenario};

#[test]
fn scenarios_override_only_their_settings() {
    let full = r#"{
        "name": "full",
        "settings": {
            "seed": 9, "rows_per_second": 7.5, "start_delay_ms": 20, "sync_below": 4, "requests_per_second": 5,
            "requests_per_month": 6, "retry_after": "date", "envelope": "flat"
        },
        "faults": [{ "do": { "legacy": {} } }]
    }"#;
    let first = Fault::contradict();
    let builder = Sandbox::builder()
        .fault(first.clone())
        .scenario(full.parse().unwrap());
    let config = &builder.config;
    assert_eq!(
        (config.seed, config.sync_below, config.envelope),
        (9, 4, Envelope::Flat)
    );
    assert_eq!(config.pace.start_delay, Duration::from_millis(20));
    assert!((builder.rows_per_second - 7.5).abs() < f64::EPSILON);
    let number = |n| NonZeroU32::new(n).unwrap();
    let limit = RateLimit::default()
        .with_per_second(number(5))
        .with_per_month(number(6));
    assert_eq!(config.limit, limit.with_hint(RetryHint::Date));
    assert_eq!(config.faults, [first, Fault::legacy()]);

    let empty: Scenario = r#"{ "name": "empty" }"#.parse().unwrap();
    let unchanged = builder.clone().scenario(empty);
    assert_eq!(format!("{unchanged:?}"), format!("{builder:?}"));
    assert_eq!(builder.sync_below(8).config.sync_below, 8);
}

#[test]
fn settings_are_validated() {
    let per_row = |rate: f64| {
        let built = Sandbox::builder().rows_per_second(rate).build();
        built.map(drop).map_err(|error| error.name().to_owned())
    };
    for rate in [1e-6, 0.5, 1e9] {
        assert_eq!(per_row(rate), Ok(()));
    }
    for rate in [0.0, -1.0, 1e-7, 1.1e9, f64::NAN, f64::INFINITY] {
        assert_eq!(per_row(rate), Err("rows_per_second".to_owned()), "{rate}");
    }
    let refused = |builder: Builder| builder.build().unwrap_err().to_string();
    assert_eq!(
        refused(Sandbox::builder().api_key(" ")),
        "api_key must not be blank"
    );
    let unlikely = Fault::legacy().probability(1.01);
    assert_eq!(
        refused(Sandbox::builder().fault(unlikely)),
        "fault.probability must be from 0 to 1"
    );
}

#[test]
fn debug_output_hides_the_key() {
    let builder = Sandbox::builder().api_key("sk-secret");
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(
        shown.contains("Builder") && !shown.contains("sk-secret"),
        "{shown}"
    );
}
