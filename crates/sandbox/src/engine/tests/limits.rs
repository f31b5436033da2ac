//! Rate limits.

use std::num::NonZeroU32;

use http::Request;

use super::{Bench, TEAM};
use crate::{RateLimit, RetryHint};

fn bench(second: Option<u32>, month: Option<u32>, hint: RetryHint, scale: u32) -> Bench {
    Bench::with(|config| {
        let limit = RateLimit::default().with_hint(hint);
        let limit = second
            .and_then(NonZeroU32::new)
            .map_or(limit, |n| limit.with_per_second(n));
        config.limit = month
            .and_then(NonZeroU32::new)
            .map_or(limit, |n| limit.with_per_month(n));
        config.scale = NonZeroU32::new(scale).unwrap();
    })
}

#[test]
fn requests_beyond_the_limit_are_rejected_until_the_next_second() {
    let mut bench = bench(Some(2), None, RetryHint::Seconds, 1);
    bench.at_millis(1_500).poll("x").check(404, "not_found");
    bench.at_millis(1_600).poll("x").check(404, "not_found");
    let reply = bench.at_millis(1_700).poll("x");
    reply.check(429, "rate_limited");
    assert_eq!(reply.header("retry-after"), "1");
    bench.at_millis(1_999).poll("x").check(429, "rate_limited");
    bench.at_millis(2_000).poll("x").check(404, "not_found");
}

#[test]
fn requests_after_the_hint_are_accepted() {
    let refused = |hint| {
        let mut bench = bench(Some(1), None, hint, 1);
        bench.at_millis(1_300).poll("x");
        bench.poll("x")
    };
    let seconds = refused(RetryHint::Seconds);
    assert_eq!(seconds.header("retry-after"), "1");
    let millis = refused(RetryHint::Millis);
    assert_eq!(millis.header("retry-after-ms"), "700");
    assert!(!millis.headers.contains_key("retry-after"));
    let date = refused(RetryHint::Date);
    assert_eq!(date.header("date"), "Thu, 01 Jan 2026 00:00:01 GMT");
    assert_eq!(date.header("retry-after"), "Thu, 01 Jan 2026 00:00:02 GMT");
    let absent = refused(RetryHint::Absent);
    assert!(!absent.headers.contains_key("retry-after"));
}

#[test]
fn a_month_is_thirty_days() {
    const MONTH: u64 = 30 * 24 * 60 * 60 * 1_000;
    let mut bench = bench(Some(10), Some(3), RetryHint::Seconds, 1);
    for second in 0..3 {
        bench
            .at_millis(second * 1_000)
            .poll("x")
            .check(404, "not_found");
    }
    let reply = bench.at_millis(MONTH - 5_500).poll("x");
    reply.check(429, "rate_limited");
    assert_eq!(reply.header("retry-after"), "6");
    assert!(
        reply.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("3 requests per month")
    );
    bench.at_millis(MONTH).poll("x").check(404, "not_found");
}

#[test]
fn hints_are_scaled_with_the_clock() {
    let mut bench = bench(None, Some(1), RetryHint::Seconds, 60);
    bench.poll("x");
    let reply = bench.at_millis(30 * 60_000).poll("x");
    let left = (30 * 24 * 60 - 30) * 60 / 60;
    assert_eq!(reply.header("retry-after"), left.to_string());
}

#[test]
fn date_hints_are_rounded_up() {
    let mut bench = bench(Some(1), None, RetryHint::Date, 4);
    bench.at_millis(1_300).poll("x");
    // 700 ms are left, which are 175 ms for the client: within the second of the answer's own date.
    let reply = bench.poll("x");
    assert_eq!(reply.header("date"), "Thu, 01 Jan 2026 00:00:01 GMT");
    assert_eq!(reply.header("retry-after"), "Thu, 01 Jan 2026 00:00:02 GMT");
}

#[test]
fn keys_are_counted_separately_and_invalid_keys_not_at_all() {
    let mut bench = bench(Some(1), None, RetryHint::Seconds, 1);
    bench.poll("x").check(404, "not_found");
    bench.poll("x").check(429, "rate_limited");
    let path = format!("/v2/prism/{TEAM}/imports/x");
    bench
        .send(Request::get(&path).header("x-api-key", "key-2"), "")
        .check(404, "not_found");
    bench
        .send(Request::get(&path), "")
        .check(401, "unauthorized");
    bench
        .send(Request::get(&path), "")
        .check(401, "unauthorized");
}
