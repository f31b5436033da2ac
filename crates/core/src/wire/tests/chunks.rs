//! Tests of chunk boundaries, and of when rows become available.

use crate::{ImportJob, ReadError, RowDecoder, wire::DecodeError};

/// Pushes the parts of a body, separated by `|`, and checks the number of rows after each part and the result.
fn check(parts: &str, expected: &str) {
    let mut decoder = RowDecoder::new();
    let mut actual = Vec::new();
    let mut wrong: Option<DecodeError> = None;
    for part in parts.split('|') {
        wrong = wrong.or(decoder.push(part.as_bytes()).err());
        actual.push(
            std::iter::from_fn(|| decoder.next_row())
                .count()
                .to_string(),
        );
    }
    let end = decoder.finish();
    if let Some(wrong) = wrong {
        assert_eq!(end, Err(ReadError::Decode(wrong)));
    }
    let whole = ImportJob::from_slice(parts.replace('|', "").as_bytes());
    assert_eq!(
        end.as_ref().err().map(ToString::to_string),
        whole.err().map(|error| error.to_string()),
        "{parts}"
    );
    actual.push(match end {
        Ok(job) => job.status().to_string(),
        Err(error) => error.to_string(),
    });
    assert_eq!(actual.join(" "), expected, "{parts}");
}

const TAIL: &str = r#","status":"paused","job_id":"j","total":2}"#;

#[test]
fn a_row_is_available_after_its_last_byte() {
    check(
        &format!(r#"{{"results":[{{}}|,{{}}|]{TAIL}"#),
        "1 1 0 paused",
    );
    check(
        &format!(r#"{{"results":[|{{|}}|,|{{"id":"}}|"}}|]{TAIL}"#),
        "0 0 1 0 0 1 0 paused",
    );
    check(
        r#"{"results":[{"x":[{}|]},{"x":{"#,
        "0 1 the body ends too early at `results[1].x` (byte 29)",
    );
    check(
        r#"{"results":[{},{"created":7},{}]}"#,
        "1 expected a boolean, found an integer at `results[1].created` (byte 27)",
    );
}

#[test]
fn numbers_and_literals_may_continue_in_the_next_chunk() {
    check(
        r#"{"results":[],"job_id":"j","status":"paused","total":1|2|}"#,
        "0 0 0 paused",
    );
    check(
        r#"{"total":1|.5}"#,
        "0 0 expected an integer of 64 bits, found a number with a fraction or more than 64 bits at `total` (byte 12)",
    );
    check(
        r#"{"total":1e999|9}"#,
        "0 0 number out of range at `total` (byte 15)",
    );
    check(
        r#"{"total":9223372036854775808|0}"#,
        "0 0 expected an integer of 64 bits, found a number with a fraction or more than 64 bits at `total` (byte 29)",
    );
    check(
        r#"{"created_at":tr|ue}"#,
        "0 0 expected a string, found a boolean at `created_at` (byte 18)",
    );
    check(
        "1|2",
        "0 0 expected a job object, found an integer (byte 2)",
    );
    check("tru|x", "0 0 expected ident (byte 4)");
    check("12", "0 expected a job object, found an integer (byte 2)");
}

#[test]
fn strings_may_be_split_anywhere() {
    check(
        r#"{"results":[],"st|atus":"pa|us\u00|e9d","job_id":"\|"j","total":1}"#,
        "0 0 0 0 0 pauséd",
    );
}

#[test]
fn the_position_of_an_error_may_depend_on_the_next_chunk() {
    check(
        "{\"results\":[{\"created\":true,\"created\"|  :true}]}",
        "0 0 the field is given twice at `results[0].created` (byte 39)",
    );
}

#[test]
fn no_index_is_inferred_after_a_row_with_an_input_index() {
    let body =
        br#"{"results":[{"created":true},{"created":true,"input_index":0},{"created":true}],"#;
    let mut decoder = RowDecoder::new();
    decoder.push(body).unwrap();
    let indexes: Vec<_> = std::iter::from_fn(|| decoder.next_row())
        .map(|row| row.index())
        .collect();
    assert_eq!(indexes, [Some(0), Some(0), None]);
}

#[test]
fn early_results_are_reported_after_they_were_taken() {
    let mut decoder = RowDecoder::new();
    decoder.push(br#"{"results":[{"created":true}]"#).unwrap();
    assert!(decoder.next_row().is_some());
    decoder.push(TAIL.as_bytes()).unwrap();
    let job = decoder.finish().unwrap();
    let deviations: Vec<_> = job.deviations().iter().map(ToString::to_string).collect();
    assert_eq!(deviations, ["results_early: 1 results"]);
}
