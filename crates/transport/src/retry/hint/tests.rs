use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};

use super::retry_after;

/// Fri, 31 Dec 1999 23:59:59 GMT.
const NOW: u64 = 946_684_799;

#[track_caller]
fn check(headers: &[(&'static str, &str)], expected: Option<Duration>) {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    let now: SystemTime = UNIX_EPOCH + Duration::from_secs(NOW);
    assert_eq!(retry_after(&map, now), expected, "{headers:?}");
}

fn seconds(value: &str) -> [(&'static str, &str); 1] {
    [("retry-after", value)]
}

#[test]
fn seconds_are_read_with_a_fraction() {
    check(&seconds("0"), Some(Duration::ZERO));
    check(&seconds("0.1"), Some(Duration::from_millis(100)));
    check(&seconds("20"), Some(Duration::from_secs(20)));
    check(&seconds(" 20 "), Some(Duration::from_secs(20)));
    check(&seconds("60"), Some(Duration::from_secs(60)));
    check(&seconds("61"), Some(Duration::from_secs(61)));
    check(&seconds("100000"), Some(Duration::from_secs(100_000)));
}

#[test]
fn numbers_beyond_every_clock_saturate() {
    check(&seconds("18446744073709551615"), Some(Duration::MAX));
    check(&seconds(&"9".repeat(35)), Some(Duration::MAX));
    check(&[("retry-after-ms", &"9".repeat(400))], Some(Duration::MAX));
}

#[test]
fn milliseconds_win_over_seconds() {
    let both = [("retry-after", "7"), ("retry-after-ms", "250")];
    check(&both, Some(Duration::from_millis(250)));
    check(
        &[("retry-after-ms", "0.5")],
        Some(Duration::from_micros(500)),
    );
    let unreadable = [("retry-after", "7"), ("retry-after-ms", "soon")];
    check(&unreadable, Some(Duration::from_secs(7)));
    let negative = [("retry-after", "7"), ("retry-after-ms", "-1")];
    check(&negative, Some(Duration::from_secs(7)));
}

#[test]
fn a_date_counts_from_the_answers_own_date() {
    let future = "Sat, 01 Jan 2000 00:00:09 GMT";
    check(&seconds(future), Some(Duration::from_secs(10)));
    // The server's clock is a day behind ours: the difference of its own two dates is what it means.
    let skewed = [
        ("retry-after", "Fri, 31 Dec 1999 00:00:30 GMT"),
        ("date", "Fri, 31 Dec 1999 00:00:00 GMT"),
    ];
    check(&skewed, Some(Duration::from_secs(30)));
    let unreadable = [("retry-after", future), ("date", "yesterday")];
    check(&unreadable, Some(Duration::from_secs(10)));
}

#[test]
fn a_date_that_has_passed_is_no_wait() {
    check(
        &seconds("Fri, 31 Dec 1999 23:59:49 GMT"),
        Some(Duration::ZERO),
    );
    check(
        &seconds("Thu, 01 Jan 1970 00:00:00 GMT"),
        Some(Duration::ZERO),
    );
}

#[test]
fn what_is_not_a_wait_is_no_hint() {
    for value in [
        "", " ", "-1", "-0.5", "+5", "soon", "1e3", "inf", "nan", "1.2.3", ".", "5s", "1,000",
    ] {
        check(&seconds(value), None);
    }
    check(&[], None);
}

#[test]
fn of_several_hints_the_first_usable_one_counts() {
    check(
        &[("retry-after", "soon"), ("retry-after", "7")],
        Some(Duration::from_secs(7)),
    );
    check(
        &[("retry-after", "7"), ("retry-after", "9")],
        Some(Duration::from_secs(7)),
    );
    let both = [
        ("retry-after-ms", "x"),
        ("retry-after-ms", "5"),
        ("retry-after", "7"),
    ];
    check(&both, Some(Duration::from_millis(5)));
    let mut headers = HeaderMap::new();
    headers.append("retry-after", HeaderValue::from_bytes(b"\xff").unwrap());
    headers.append("retry-after", HeaderValue::from_static("3"));
    let wait = retry_after(&headers, UNIX_EPOCH);
    assert_eq!(wait, Some(Duration::from_secs(3)));
}
