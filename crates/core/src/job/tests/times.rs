//! Tests of timestamps, parsed by the fast path and by jiff.

use proptest::prelude::*;

use crate::job::times::{plain_time, read_time};

#[test]
fn the_fast_path_parses_the_usual_format() {
    for text in [
        "2026-01-08T00:01:00Z",
        "2024-02-29T23:59:59.999Z",
        "0000-01-01T00:00:00Z",
    ] {
        assert_eq!(
            plain_time(text.as_bytes()),
            Some(text.parse().unwrap()),
            "{text}"
        );
    }
    for text in [
        "2026-02-29T00:00:00Z",
        "2026-01-08T00:00:60Z",
        "2026-01-08T00:01:00z",
        "2026-01-08T00:01:00+00:00",
    ] {
        assert_eq!(plain_time(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn a_timestamp_is_equal_to_that_of_jiff(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3,4})?(Z|z|[+]01:00|)",
        damage in prop::option::weighted(0.3, (0..19_usize, any::<char>())),
    ) {
        let mut text = text;
        if let Some((at, with)) = damage {
            text.replace_range(at..=at, &with.to_string());
        }
        prop_assert_eq!(read_time(&text), text.parse().ok().ok_or_else(|| text.clone()));
    }
}
