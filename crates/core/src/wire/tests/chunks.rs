//! Where a chunk ends changes nothing: the cases that once did, and when rows come.

use crate::{
    ImportJob, ReadError,
    wire::{DecodeError, RowDecoder},
};

/// Pushes the parts of a body, which `|` separates, and says how many rows came after each, then how it ended.
fn check(parts: &str, expected: &str) {
    let mut decoder = RowDecoder::new();
    let mut told = Vec::new();
    let mut wrong: Option<DecodeError> = None;
    for part in parts.split('|') {
        wrong = wrong.or(decoder.push(part.as_bytes()).err());
        told.push(
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
    told.push(match end {
        Ok(job) => job.status().to_string(),
        Err(error) => error.to_string(),
    });
    assert_eq!(told.join(" "), expected, "{parts}");
}

const TAIL: &str = r#","status":"paused","job_id":"j","total":2}"#;

#[test]
fn rows_come_with_their_last_byte() {
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
fn numbers_and_words_may_go_on() {
    check(
        r#"{"results":[],"job_id":"j","status":"paused","total":1|2|}"#,
        "0 0 0 paused",
    );
    check(
        r#"{"total":1|.5}"#,
        "0 0 expected an integer of 64 bits, found a number with a fraction, an exponent or more than 64 bits at `total` (byte 12)",
    );
    check(
        r#"{"total":1e999|9}"#,
        "0 0 number out of range at `total` (byte 15)",
    );
    check(
        r#"{"total":9223372036854775808|0}"#,
        "0 0 expected an integer of 64 bits, found a number with a fraction, an exponent or more than 64 bits at `total` (byte 29)",
    );
    check(
        r#"{"created_at":tr|ue}"#,
        "0 0 expected a string, found a boolean at `created_at` (byte 18)",
    );
    check(
        "1|2",
        "0 0 expected a job's object, found an integer (byte 2)",
    );
    check("tru|x", "0 0 expected ident (byte 4)");
    check("12", "0 expected a job's object, found an integer (byte 2)");
}

#[test]
fn texts_may_be_cut_anywhere() {
    check(
        r#"{"results":[],"st|atus":"pa|us\u00|e9d","job_id":"\|"j","total":1}"#,
        "0 0 0 0 0 pauséd",
    );
}

#[test]
fn the_place_of_a_fault_waits_for_what_stands_behind_it() {
    check(
        "{\"results\":[{\"created\":true,\"created\"|  :true}]}",
        "0 0 the field is given twice at `results[0].created` (byte 39)",
    );
}

#[test]
fn an_index_by_order_is_given_up_once_a_row_says_its_own() {
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
fn results_that_come_too_early_are_told_though_they_were_given_away() {
    let mut decoder = RowDecoder::new();
    decoder.push(br#"{"results":[{"created":true}]"#).unwrap();
    assert!(decoder.next_row().is_some());
    decoder.push(TAIL.as_bytes()).unwrap();
    let job = decoder.finish().unwrap();
    let told: Vec<_> = job.deviations().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["results_early: 1 results"]);
}
