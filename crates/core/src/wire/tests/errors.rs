//! Tests of the errors of invalid bodies: message, path and byte offset.

use crate::{
    ImportJob, ReadError, RowDecoder,
    wire::{DecodeError, Snapshot},
};

fn check(body: &str, expected: &str) {
    check_bytes(body.as_bytes(), expected);
}

fn check_bytes(body: &[u8], expected: &str) {
    let actual = match Snapshot::from_slice(body) {
        Ok(_) => "valid".to_owned(),
        Err(error) => {
            let refused = Err(ReadError::Decode(error.clone()));
            assert_eq!(ImportJob::from_slice(body), refused, "at once");
            let by_serde = serde_json::from_slice::<Snapshot>(body);
            assert!(by_serde.is_err(), "by serde: {}", body.escape_ascii());
            let mut decoder = RowDecoder::new();
            let pushed = body.chunks(1).try_for_each(|byte| decoder.push(byte));
            assert!(
                pushed.is_ok() || decoder.push(b"").is_err(),
                "the error is permanent"
            );
            assert_eq!(decoder.finish(), refused, "byte by byte");
            error.to_string()
        }
    };
    assert_eq!(actual, expected, "{}", body.escape_ascii());
}

/// `status` and `total`, followed by a comma.
const HEAD: &str = r#"{"status":"complete","total":1,"#;

#[test]
fn numbers() {
    let integer = "expected an integer of 64 bits, found";
    let other = "a number with a fraction or more than 64 bits";
    check(r#"{"total":9223372036854775807,"status":"x"}"#, "valid");
    check(r#"{"total":-9223372036854775808,"status":"x"}"#, "valid");
    check(
        r#"{"total":9223372036854775808}"#,
        &format!("{integer} a larger number at `total` (byte 28)"),
    );
    check(
        r#"{"total":18446744073709551616}"#,
        &format!("{integer} {other} at `total` (byte 29)"),
    );
    check(
        r#"{"total":-9223372036854775809}"#,
        &format!("{integer} {other} at `total` (byte 29)"),
    );
    check(
        r#"{"total":1.5}"#,
        &format!("{integer} {other} at `total` (byte 12)"),
    );
    check(
        r#"{"total":1e17}"#,
        &format!("{integer} {other} at `total` (byte 13)"),
    );
    check(
        r#"{"total":"3"}"#,
        &format!("{integer} a string at `total` (byte 12)"),
    );
    check(
        r#"{"total":true}"#,
        &format!("{integer} a boolean at `total` (byte 13)"),
    );
    check(
        r#"{"processed":[1]}"#,
        &format!("{integer} an array at `processed` (byte 14)"),
    );
    check(
        r#"{"failed":{}}"#,
        &format!("{integer} an object at `failed` (byte 12)"),
    );
    check(r#"{"total":01}"#, "invalid number at `total` (byte 11)");
    check(r#"{"total":+1}"#, "expected value at `total` (byte 10)");
    check(r#"{"x":1e999}"#, "number out of range at `x` (byte 10)");
    check(r#"{"total":NaN}"#, "expected value at `total` (byte 10)");
}

#[test]
fn types() {
    check(
        r#"{"status":null,"total":1}"#,
        "the field `status` is missing (byte 25)",
    );
    check(
        r#"{"status":"complete","total":null}"#,
        "the field `total` is missing (byte 34)",
    );
    check(
        r#"{"status":7}"#,
        "expected a string, found an integer at `status` (byte 11)",
    );
    check(
        r#"{"job_id":true}"#,
        "expected a string, found a boolean at `job_id` (byte 14)",
    );
    check(
        r#"{"created_at":1e17}"#,
        "expected a string, found a number with a fraction or more than 64 bits at `created_at` (byte 18)",
    );
    check(
        r#"{"error":7}"#,
        "expected an error object or a string, found an integer at `error` (byte 10)",
    );
    check(
        r#"{"error":["x"]}"#,
        "expected an error object or a string, found an array at `error` (byte 10)",
    );
    check(
        r#"{"error":{"message":7}}"#,
        "expected a string, found an integer at `error.message` (byte 21)",
    );
    check(
        r#"{"summary":7}"#,
        "expected a summary object, found an integer at `summary` (byte 12)",
    );
    check(
        r#"{"summary":{"errors":"x"}}"#,
        "expected an integer of 64 bits, found a string at `summary.errors` (byte 24)",
    );
    check(
        r#"{"results":{}}"#,
        "expected an array of rows, found an object at `results` (byte 13)",
    );
    check(
        r#"{"results":7}"#,
        "expected an array of rows, found an integer at `results` (byte 12)",
    );
    check(
        r#"{"results":[7]}"#,
        "expected a row object, found an integer at `results[0]` (byte 13)",
    );
    check(
        r#"{"results":[{},null]}"#,
        "expected a row object, found null at `results[1]` (byte 15)",
    );
    check(
        r#"{"results":[{"created":1}]}"#,
        "expected a boolean, found an integer at `results[0].created` (byte 24)",
    );
    check(
        r#"{"results":[{},{"id":{}}]}"#,
        "expected a string, found an object at `results[1].id` (byte 23)",
    );
    check(
        r#"{"results":[{"error":{"message":[]}}]}"#,
        "expected a string, found an array at `results[0].error.message` (byte 34)",
    );
    check(
        r#"{"results":[{"input_index":1.5}]}"#,
        "expected an integer of 64 bits, found a number with a fraction or more than 64 bits at `results[0].input_index` (byte 30)",
    );
}

#[test]
fn duplicate_fields() {
    check(
        &format!(r#"{HEAD}"total":1}}"#),
        "the field is given twice at `total` (byte 39)",
    );
    check(
        &format!(r#"{HEAD}"status":null}}"#),
        "the field is given twice at `status` (byte 40)",
    );
    check(
        &format!(r#"{HEAD}"t\u006ftal":1}}"#),
        "the field is given twice at `total` (byte 44)",
    );
    check(
        r#"{"results":[],"results":[]}"#,
        "the field is given twice at `results` (byte 24)",
    );
    check(
        r#"{"results":null,"results":[]}"#,
        "the field is given twice at `results` (byte 26)",
    );
    check(
        r#"{"results":[],"results":null}"#,
        "the field is given twice at `results` (byte 24)",
    );
    check(
        r#"{"results":[{"id":null,"id":"x"}]}"#,
        "the field is given twice at `results[0].id` (byte 27)",
    );
    check(
        r#"{"results":[{"error":{"code":"x","code":"x"}}]}"#,
        "the field is given twice at `results[0].error.code` (byte 39)",
    );
    check(
        r#"{"summary":{"total":1,"total":1}}"#,
        "the field is given twice at `summary.total` (byte 29)",
    );
}

#[test]
fn structure() {
    check(
        r#"{"status":"complete","total":1,}"#,
        "expected a field's name in quotes (byte 31)",
    );
}

#[test]
fn names_that_may_be_data_are_redacted() {
    let wrong = |name: &str| format!(r#"{{"error":{{"code":null,{name}:{{"deep":[0,}}]}}}}}}"#);
    let path = |name: &str| {
        Snapshot::from_slice(wrong(name).as_bytes())
            .unwrap_err()
            .path()
            .to_owned()
    };
    assert_eq!(path(r#""shard_7""#), "error.shard_7.deep[1]");
    for name in [
        r#""ada@example.com""#,
        r#""""#,
        r#""two words""#,
        r#""é""#,
        r#""a\u0062""#,
    ] {
        assert_eq!(path(name), "error.*.deep[1]", "{name}");
    }
    assert_eq!(
        path(&format!("\"{}\"", "a".repeat(40))),
        format!("error.{}.deep[1]", "a".repeat(40))
    );
    assert_eq!(path(&format!("\"{}\"", "a".repeat(41))), "error.*.deep[1]");
    check(
        r#"{"two words":1x}"#,
        "trailing characters at `*` (byte 15)",
    );
}

#[test]
fn byte_order_marks_depth_and_invalid_text() {
    check("\u{feff}{\"status\":\"x\",\"total\":1} \r\n\t", "valid");
    check("\u{feff}\u{feff}{}", "expected value (byte 4)");
    check(" \u{feff}{}", "expected value (byte 2)");
    let deep = |levels: usize| {
        format!(
            r#"{HEAD}"x":{}{}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    check(&deep(127), "valid");
    check(
        &deep(128),
        &format!(
            "recursion limit exceeded at `x{}` (byte 163)",
            "[0]".repeat(127)
        ),
    );
    check_bytes(
        b"{\"status\":\"\xff\"}",
        "expected UTF-8 at `status` (byte 11)",
    );
    check_bytes(
        b"{\"results\":[{},{\"id\":\"\xe2\x28",
        "expected UTF-8 at `results[1].id` (byte 22)",
    );
    check_bytes(
        b"{\"results\":[{},{\"id\":\"\xe2\x80",
        "the body ends too early at `results[1].id` (byte 22)",
    );
    check_bytes(b"{}\xff", "expected UTF-8 (byte 2)");
    check_bytes(b"\xff", "expected UTF-8 (byte 0)");
    // The first error is reported.
    check_bytes(
        b"{\"total\":\"\",\"x\":\"\xff\"}",
        "expected an integer of 64 bits, found a string at `total` (byte 11)",
    );
    check_bytes(
        b"{\"results\":[{\"created\":7,\"x\":\"\xff\"}]}",
        "expected a boolean, found an integer at `results[0].created` (byte 24)",
    );
    check(
        "{\"status\":\"a\nb\"}",
        "control character (\\u0000-\\u001F) found while parsing a string at `status` (byte 13)",
    );
    check(
        r#"{"status":"\ud800"}"#,
        "unexpected end of hex escape at `status` (byte 18)",
    );
    check(r#"{"x":"\q"}"#, "invalid escape at `x` (byte 8)");
}

#[test]
fn every_truncated_body_is_reported_as_truncated() {
    let whole = include_str!("../../../fixtures/reference-sample.json").trim_end();
    assert!(Snapshot::from_slice(whole.as_bytes()).is_ok());
    for cut in 0..whole.len() {
        let error = Snapshot::from_slice(&whole.as_bytes()[..cut]).unwrap_err();
        assert!(error.is_truncated(), "{cut}: {error}");
        assert_eq!(error.offset(), cut, "{error}");
    }
    let path = |until: &str| {
        let cut = whole.find(until).unwrap() + until.len();
        let error: DecodeError = Snapshot::from_slice(&whole.as_bytes()[..cut]).unwrap_err();
        error.path().to_owned()
    };
    assert_eq!(path("\"total\": "), "total");
    assert_eq!(path("\"tot"), "");
    assert_eq!(path("\"results\": ["), "results[0]");
    assert_eq!(path("\"182bd"), "results[0].id");
    assert_eq!(path("\"existing\": t"), "results[0].existing");
}
