//! Tests of `Display` and `Debug` output, which must not contain customer data.

use std::time::Duration;

use crate::{ImportJob, Progress, Rate, ReadError, Row, RowDecoder};

fn progress(fields: &str) -> Progress {
    let body = format!(r#"{{"job_id":"j","status":"processing",{fields}}}"#);
    ImportJob::from_slice(body.as_bytes()).unwrap().progress()
}

#[test]
fn progress_as_text_and_as_a_fraction() {
    let check = |fields: &str, text: &str, fraction: Option<f64>| {
        let progress = progress(fields);
        assert_eq!(
            (progress.to_string().as_str(), progress.fraction()),
            (text, fraction),
            "{fields}"
        );
    };
    check(r#""total":3"#, "3 rows", None);
    check(r#""total":0,"processed":0"#, "0 of 0 rows", None);
    check(
        r#""total":1000,"processed":999"#,
        "999 of 1,000 rows",
        Some(0.999),
    );
    check(
        r#""total":100000,"processed":42000,"failed":120"#,
        "42,000 of 100,000 rows, 120 failed",
        Some(0.42),
    );
    check(
        r#""total":9,"processed":3,"failed":0"#,
        "3 of 9 rows",
        Some(3.0 / 9.0),
    );
    check(
        r#""total":1234567,"failed":1001"#,
        "1,234,567 rows, 1,001 failed",
        None,
    );
    // Every row was processed, but the job is not complete yet.
    check(
        r#""total":9,"processed":9"#,
        "9 of 9 rows",
        Some(1.0_f64.next_down()),
    );

    let complete = |body: &str| ImportJob::from_slice(body.as_bytes()).unwrap().progress();
    let done = complete(r#"{"status":"complete","total":0,"results":[]}"#);
    assert_eq!(
        (done.to_string().as_str(), done.fraction()),
        ("0 of 0 rows", Some(1.0))
    );
    let unknown = complete(r#"{"status":"complete","total":3}"#);
    assert_eq!((unknown.failed(), unknown.fraction()), (None, Some(1.0)));
}

#[test]
fn rates_and_the_remaining_time() {
    let at = |processed: u64| {
        progress(&format!(
            r#""total":9223372036854775807,"processed":{processed}"#
        ))
    };
    let second = Duration::from_secs(1);
    assert_eq!(Rate::between(&at(5), &at(5), second), None);
    assert_eq!(Rate::between(&at(5), &at(4), second), None);
    assert_eq!(Rate::between(&at(5), &at(6), Duration::ZERO), None);
    assert_eq!(
        Rate::between(&at(5), &progress(r#""total":9"#), second),
        None
    );
    let slow = Rate::between(&at(0), &at(1), Duration::MAX).unwrap();
    assert!(slow.rows_per_second() > 0.0);
    assert_eq!(slow.eta(&at(0)), None);
    let fast = Rate::between(
        &at(0),
        &at(i64::MAX.unsigned_abs()),
        Duration::from_nanos(1),
    )
    .unwrap();
    assert!(fast.rows_per_second().is_finite());
    assert_eq!(fast.eta(&at(i64::MAX.unsigned_abs())), Some(Duration::ZERO));
    assert_eq!(fast.eta(&progress(r#""total":9"#)), None);
}

/// Replaces every text that may contain customer data, and the names of unknown fields.
const SECRET: &str = "ada@example.com";

#[test]
fn errors_and_debug_output_never_quote_rows_or_unknown_fields() {
    let texts = [
        r#"{"job_id":"j","status":"complete","total":2,"results":[{"id":"S","error":{"code":"S","message":"S","S":"S"},"S":"S"},
            {"created":true,"S":{"S":["S"]}}],"S":{"S":"S"}}"#,
        r#"{"job_id":"j","status":"complete","total":2,"results":[{"created":true,"error":{"code":"S","message":"S"}},
            {"created":"S"}],"error":{"message":"S","S":1}}"#,
        r#"{"job_id":"j","status":"complete","total":0,"results":[{"created":true,"error":{"code":"c","message":"S"},"S":1}]}"#,
        r#"{"total":"S"}"#,
        r#"{"status":["S"]}"#,
        r#"{"results":"S"}"#,
        r#"{"results":[["S"]]}"#,
        r#"{"results":[{"S":1,"S":2}]}"#,
        r#"{"S":1,"S":2}"#,
        r#"{"S":{"S":[{"S":}]}}"#,
        r#"{"summary":{"S":1,"created":"S"}}"#,
        r#"{"error":{"S":{},"S":{}}}"#,
        r#"{"error":{"code":{"S":"S"}}}"#,
        r#"{"created_at":{"S":"S"}}"#,
        r#"{"S" "S"}"#,
        r#"{"a":"S" "S"}"#,
        r#"{"x":"S\q"}"#,
        r#""S""#,
        r#"{"results":[{"id":"S","x":["S",{"S":1e999}]}]}"#,
        r#"{"results":[{"S":"S"#,
    ];
    let mut wrong = 0;
    for text in texts {
        let body = text.replace('S', SECRET);
        let mut decoder = RowDecoder::new();
        let pushed = decoder.push(body.as_bytes());
        let rows: Vec<Row> = std::iter::from_fn(|| decoder.next_row()).collect();
        let read = ImportJob::from_slice(body.as_bytes());
        let output = match &read {
            Ok(job) => format!("{job:?} {:?}", job.deviations()),
            Err(error @ ReadError::Decode(inner)) => {
                wrong += 1;
                format!("{error} {error:?} {}", inner.path())
            }
            Err(error @ ReadError::Contradiction(inner)) => {
                wrong += 1;
                format!("{error} {error:?} {:?}", inner.snapshot())
            }
        };
        let output = format!("{output} {rows:?} {pushed:?} {:?}", decoder.finish());
        assert!(!output.contains(SECRET), "{text}: {output}");
    }
    assert_eq!(wrong, texts.len() - 1);
}
