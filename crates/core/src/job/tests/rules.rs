//! Tests of the validation rules.

use std::collections::BTreeSet;

use crate::{
    Finding, ImportJob, JobId, Outcome, ReadError, RowDecoder, Rule, Severity, wire::Snapshot,
};

/// Reads a body and checks its findings; those marked with `!` are contradictions. Unless `fields` overrides it, the body is of job `j` with 3 rows.
fn check(fields: &str, expected: &[&str]) -> BTreeSet<Rule> {
    let default = |name: &str, value: &str| {
        if fields.contains(&format!("\"{name}\":")) {
            String::new()
        } else {
            format!(r#","{name}":{value}"#)
        }
    };
    let (id, total) = (default("job_id", r#""j""#), default("total", "3"));
    let body = format!("{{{fields}{id}{total}}}");
    let findings = match ImportJob::from_slice(body.as_bytes()) {
        Ok(job) => {
            let harmless = |finding: &Finding| finding.severity() == Severity::Deviation;
            assert!(job.deviations().iter().all(harmless), "{body}");
            job.deviations().to_vec()
        }
        Err(ReadError::Contradiction(refused)) => {
            assert_eq!(
                Ok(refused.snapshot()),
                Snapshot::from_slice(body.as_bytes()).as_ref()
            );
            assert!(refused.contradictions().next().is_some(), "{body}");
            refused.findings().to_vec()
        }
        Err(ReadError::Decode(error)) => panic!("{body}: {error}"),
    };
    let mut decoder = RowDecoder::new();
    decoder.push(body.as_bytes()).unwrap();
    let decoded = match decoder.finish() {
        Ok(job) => job.deviations().to_vec(),
        Err(ReadError::Contradiction(refused)) => refused.findings().to_vec(),
        Err(ReadError::Decode(error)) => panic!("{body}: {error}"),
    };
    assert_eq!(decoded, findings, "{body}");
    let message = |finding: &Finding| match finding.severity() {
        Severity::Contradiction => format!("! {finding}"),
        Severity::Deviation => finding.to_string(),
    };
    let messages: Vec<_> = findings.iter().map(message).collect();
    assert_eq!(messages, expected, "{body}");
    findings.iter().map(Finding::rule).collect()
}

const ID: &str = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

fn counters() -> Vec<BTreeSet<Rule>> {
    let on = r#""status":"processing""#;
    vec![
        check(
            &format!(r#"{on},"total":-1"#),
            &["negative_counter: total is -1"],
        ),
        check(
            &format!(r#"{on},"processed":-1,"succeeded":-2,"failed":-9223372036854775808"#),
            &[
                "negative_counter: failed is -9223372036854775808",
                "negative_counter: processed is -1",
                "negative_counter: succeeded is -2",
            ],
        ),
        check(
            &format!(r#"{on},"processed":3,"succeeded":1,"failed":1"#),
            &["processed_mismatch: 3 rows processed, 1 succeeded, 1 failed"],
        ),
        check(
            &format!(r#"{on},"processed":1,"succeeded":2"#),
            &["processed_mismatch: 1 rows processed, 2 succeeded"],
        ),
        check(
            &format!(r#"{on},"processed":1,"failed":2"#),
            &["processed_mismatch: 1 rows processed, 2 failed"],
        ),
        check(
            &format!(r#"{on},"processed":4"#),
            &["processed_exceeds_total: 4 rows processed of 3"],
        ),
        check(
            &format!(r#"{on},"failed":4"#),
            &["processed_exceeds_total: 4 rows processed of 3"],
        ),
        check(
            &format!(r#"{on},"succeeded":9223372036854775807,"failed":9223372036854775807"#),
            &["processed_exceeds_total: 18446744073709551614 rows processed of 3"],
        ),
        check(
            &format!(r#"{on},"processed":3,"succeeded":2,"failed":1"#),
            &[],
        ),
        check(
            r#""status":"complete","processed":2,"failed":0"#,
            &[
                "! complete_unfinished: 2 rows processed of 3",
                "results_missing",
            ],
        ),
        check(
            r#""status":"complete","succeeded":2,"failed":0"#,
            &[
                "! complete_unfinished: 2 rows processed of 3",
                "results_missing",
            ],
        ),
        check(
            r#""status":"complete""#,
            &["results_missing", "counters_missing"],
        ),
        check(r#""status":"complete","succeeded":2"#, &["results_missing"]),
        check(
            r#""status":"failed","error":"x","processed":2"#,
            &["counters_missing"],
        ),
        check(
            r#""status":"failed","error":"x","succeeded":2"#,
            &["counters_missing"],
        ),
        check(
            r#""status":"failed","error":"x","processed":2,"failed":2"#,
            &[],
        ),
    ]
}

fn ids_and_errors() -> Vec<BTreeSet<Rule>> {
    vec![
        check(
            r#""status":"processing","job_id":null"#,
            &["! sync_unfinished"],
        ),
        check(r#""status":"paused","job_id":null"#, &["! sync_unfinished"]),
        check(
            r#""status":"processing","job_id":"a/b""#,
            &[
                "! sync_unfinished",
                "job_id_unusable: a job id must not contain a slash (at byte 1)",
            ],
        ),
        check(
            r#""status":"complete","job_id":"..","failed":0"#,
            &[
                "results_missing",
                "job_id_unusable: a job id must not be `.` or `..`",
            ],
        ),
        check(
            r#""status":"processing","error":{"code":"x"}"#,
            &["error_without_failure"],
        ),
        check(
            r#""status":"complete","failed":0,"error":"x""#,
            &["error_without_failure", "results_missing"],
        ),
        check(r#""status":"paused","error":{"code":"x"}"#, &[]),
        check(
            r#""status":"processing","error":{"code":"","message":" "}"#,
            &[],
        ),
        check(
            r#""status":"processing","error":{"hint":1}"#,
            &["error_without_failure"],
        ),
        check(
            r#""status":"failed","failed":0,"processed":0"#,
            &["failure_without_error"],
        ),
        check(
            r#""status":"failed","failed":0,"processed":0,"error":"x","job_id":null"#,
            &["results_missing"],
        ),
    ]
}

fn rows() -> Vec<BTreeSet<Rule>> {
    let complete =
        |total: u32, rest: &str| format!(r#""status":"complete","total":{total},{rest}"#);
    vec![
        check(
            &complete(1, &format!(r#""results":[{{"id":"{ID}"}}]"#)),
            &[],
        ),
        check(
            &complete(2, r#""failed":0,"results":[]"#),
            &["rows_missing: 0 results of 2 rows"],
        ),
        check(
            &complete(0, r#""results":[{"error":"x"}]"#),
            &["! rows_excess: 1 results of 0 rows"],
        ),
        check(
            &complete(
                2,
                r#""processed":1,"succeeded":5,"failed":-1,"results":[{"error":"x"},{"error":"x"}]"#,
            ),
            &[
                "negative_counter: failed is -1",
                "processed_mismatch: 1 rows processed, 5 succeeded",
                "processed_exceeds_total: 5 rows processed of 2",
                "complete_unfinished: 1 rows processed of 2",
            ],
        ),
        check(
            &complete(1, &format!(r#""failed":1,"results":[{{"id":"{ID}"}}]"#)),
            &["results_counts: results with 1 successes and 0 failures, counters with 0 and 1"],
        ),
        check(
            r#""status":"failed","error":"x","processed":0,"failed":0,"results":[{"error":"x"}]"#,
            &[
                "rows_missing: 1 results of 3 rows",
                "results_counts: results with 0 successes and 1 failures, counters with 0 and 0",
            ],
        ),
        check(
            r#""status":"failed","error":"x","processed":2,"failed":2,"results":[{"error":"x"}]"#,
            &["rows_missing: 1 results of 3 rows"],
        ),
        check(
            r#""status":"failed","error":"x","processed":1,"results":[{"error":"x"},{"error":"x"},{"error":"x"}]"#,
            &["results_counts: 3 results, 1 rows processed"],
        ),
        check(
            r#""status":"failed","error":"x","processed":1,"results":[{"error":"x"},{"error":"x"}]"#,
            &[
                "rows_missing: 2 results of 3 rows",
                "results_counts: 2 results, 1 rows processed",
            ],
        ),
    ]
}

fn rows_that_deviate() -> Vec<BTreeSet<Rule>> {
    let complete =
        |total: u32, rest: &str| format!(r#""status":"complete","total":{total},{rest}"#);
    vec![
        check(
            &complete(1, r#""results":[{"created":true,"error":"x"}]"#),
            &["row_ambiguous: results[0]: an error and created at once"],
        ),
        check(
            &complete(1, r#""results":[{"updated":true,"error":"x"}]"#),
            &["row_ambiguous: results[0]: an error and updated at once"],
        ),
        check(
            &complete(1, r#""results":[{"created":true,"existing":true}]"#),
            &[
                "row_ambiguous: results[0]: created and existing at once",
                "row_id_missing: results[0]",
            ],
        ),
        check(
            &complete(1, r#""results":[{"created":true,"updated":true}]"#),
            &[
                "row_ambiguous: results[0]: created and updated at once",
                "row_id_missing: results[0]",
            ],
        ),
        check(
            &complete(1, r#""results":[{"existing":true,"error":"x"}]"#),
            &[],
        ),
        check(
            &complete(
                3,
                r#""results":[{"error":"x","input_index":-1},{"error":"x","input_index":3},{"error":"x","input_index":3}]"#,
            ),
            &[
                "row_index: results[0]: input_index -1 is negative",
                "row_index: results[1]: input_index 3 of 3 rows",
                "row_index: results[2]: input_index 3 is repeated",
            ],
        ),
        check(
            &complete(1, r#""results":[{"error":"x","input_index":4294967295}]"#),
            &["row_index: results[0]: input_index 4294967295 is not below 4294967295"],
        ),
        check(
            &complete(
                2,
                r#""results":[{"created":true},{"existing":true,"id":"r7"}]"#,
            ),
            &["row_id_missing: results[0]", "row_id_not_uuid: results[1]"],
        ),
        check(r#""status":"processing","results":[]"#, &[]),
        check(
            r#""status":"processing","results":[{"created":true,"error":"x"}]"#,
            &["results_early: 1 results"],
        ),
    ]
}

fn times_and_shape() -> Vec<BTreeSet<Rule>> {
    vec![
        check(
            r#""status":"processing","created_at":"now","updated_at":"","expires_at":"2026-01-08""#,
            &[
                "timestamp_unreadable: created_at",
                "timestamp_unreadable: expires_at",
                "timestamp_unreadable: updated_at",
            ],
        ),
        check(
            r#""status":"processing","created_at":"2026-01-08T00:00:00Z","updated_at":"2026-01-07T23:59:59Z","expires_at":"2026-01-08T00:30:00+01:00""#,
            &[
                "timestamp_order: expires_at 2026-01-07T23:30:00Z is before created_at 2026-01-08T00:00:00Z",
                "timestamp_order: updated_at 2026-01-07T23:59:59Z is before created_at 2026-01-08T00:00:00Z",
            ],
        ),
        check(
            r#""status":"complete","results":[],"summary":{"created":0,"existing":0,"errors":0,"total":0},"total":null"#,
            &["legacy_shape"],
        ),
        check(
            r#""status":"complete","summary":{"created":-1,"errors":4}"#,
            &[
                "! negative_counter: summary.created is -1",
                "! processed_exceeds_total: 4 rows processed of 3",
                "results_missing",
                "legacy_shape",
            ],
        ),
    ]
}

/// Values that are not written as documented. All of them are read, and what the server wrote is kept.
fn formats() -> Vec<BTreeSet<Rule>> {
    let on = r#""status":"processing""#;
    vec![
        check(
            &format!(r#"{on},"total":3.0,"processed":0.2e1,"failed":-0"#),
            &[
                "integer_format: failed is -0",
                "integer_format: processed is 0.2e1",
                "integer_format: total is 3.0",
            ],
        ),
        check(
            &format!(r#"{on},"total":1e3,"processed":null,"shard":1,"shard":2,"ada@":1,"ada@":1"#),
            &[
                "integer_format: total is 1e3",
                "field_repeated: *",
                "field_repeated: shard",
            ],
        ),
        check(
            r#""status":"COMPLETE","failed":0"#,
            &["results_missing", "status_case: status is COMPLETE"],
        ),
        check(
            r#""status":"Failed","failed":0,"processed":0,"error":{"code":4.2,"x":1,"x":2}"#,
            &[
                "text_is_number: error.code",
                "status_case: status is Failed",
                "field_repeated: x",
            ],
        ),
        check(
            r#""status":"processing","job_id":17,"updated_at":1767830460,"expires_at":1767830460.5"#,
            &[
                "timestamp_unreadable: expires_at",
                "timestamp_unreadable: updated_at",
                "text_is_number: expires_at",
                "text_is_number: job_id",
                "text_is_number: updated_at",
            ],
        ),
        check(
            r#""status":"complete","summary":{"total":3,"created":2.0,"existing":1,"errors":0}"#,
            &[
                "results_missing",
                "legacy_shape",
                "integer_format: summary.created is 2.0",
            ],
        ),
        check(
            r#""status":"complete","results":[{"id":17,"created":true},{"error":{"code":422},"x":1,"x":1},
                {"id":18446744073709551615,"error":"x","input_index":1e0}]"#,
            &[
                "row_id_not_uuid: results[0]",
                "text_is_number: results[0]: id",
                "text_is_number: results[1]: error.code",
                "field_repeated: results[1]: x",
                "integer_format: results[2]: input_index is 1.0",
                "text_is_number: results[2]: id",
            ],
        ),
    ]
}

#[test]
fn what_is_not_written_as_documented_is_read_and_kept() {
    let body = r#"{"job_id":17,"status":"COMPLETE","total":2.0,"updated_at":1767830460,"error":{"code":422},
        "results":[{"id":17,"created":true},{"error":{"code":9007199254740993}}],"shard":1,"shard":[2]}"#;
    let snapshot = Snapshot::from_slice(body.as_bytes()).unwrap();
    assert_eq!(snapshot.extra.read("shard"), Some([2]));
    assert_eq!(serde_json::from_str::<Snapshot>(body).unwrap(), snapshot);
    let job = ImportJob::from_slice(body.as_bytes()).unwrap();
    assert_eq!(job, ImportJob::try_from(snapshot.clone()).unwrap());
    assert_eq!(job.id().unwrap().as_str(), "17");
    assert_eq!(job.error().unwrap().code(), Some("422"));
    assert_eq!(job.progress().total(), 2);
    let rows = job.rows().unwrap();
    assert_eq!(rows[0].id().unwrap().to_string(), "17");
    assert_eq!(rows[1].error().unwrap().code(), Some("9007199254740993"));
    assert_eq!(job.details().updated_at(), None);
    assert_eq!(
        Snapshot::from(&job).updated_at.as_deref(),
        Some("1767830460")
    );

    // It is written as documented.
    let json = serde_json::to_string(&snapshot).unwrap();
    assert!(
        json.starts_with(r#"{"job_id":"17","status":"complete","total":2,"#),
        "{json}"
    );
    assert_eq!(Snapshot::from_slice(json.as_bytes()), Ok(snapshot));
}

#[test]
fn each_rule_is_reported_if_and_only_if_it_is_violated() {
    let reached = [
        counters(),
        ids_and_errors(),
        rows(),
        rows_that_deviate(),
        times_and_shape(),
        formats(),
    ];
    let mut reached: BTreeSet<_> = reached.into_iter().flatten().flatten().collect();
    // Only a second snapshot can violate the one, and only a poll by id the other.
    reached.extend([Rule::TotalChanged, Rule::OtherJob]);
    assert_eq!(reached, Rule::ALL.iter().copied().collect());
}

#[test]
fn all_findings_are_reported_in_order() {
    check(
        r#""status":"complete","processed":-1,"succeeded":4,"failed":0,"error":"x","created_at":"now",
           "results":[{"created":true,"error":"x"},{},{"id":"r7","input_index":7}]"#,
        &[
            "negative_counter: processed is -1",
            "processed_exceeds_total: 4 rows processed of 3",
            "error_without_failure",
            "timestamp_unreadable: created_at",
            "row_ambiguous: results[0]: an error and created at once",
            "row_id_missing: results[1]",
            "row_index: results[2]: input_index 7 of 3 rows",
            "row_id_not_uuid: results[2]",
        ],
    );
}

#[test]
fn numbers_that_cannot_be_right_are_contradictions_once_the_job_is_finished() {
    for (counters, finding) in [
        (r#""total":-1"#, "negative_counter: total is -1"),
        (r#""failed":-1"#, "negative_counter: failed is -1"),
        (
            r#""processed":3,"succeeded":1,"failed":1"#,
            "processed_mismatch: 3 rows processed, 1 succeeded, 1 failed",
        ),
        (
            r#""processed":4"#,
            "processed_exceeds_total: 4 rows processed of 3",
        ),
        (
            r#""succeeded":3,"failed":9223372036854775807"#,
            "processed_exceeds_total: 9223372036854775810 rows processed of 3",
        ),
    ] {
        check(&format!(r#""status":"processing",{counters}"#), &[finding]);
        check(
            &format!(r#""status":"failed","error":"x",{counters}"#),
            &[&format!("! {finding}")],
        );
    }
}

#[test]
fn the_sample_of_the_api_reference_contradicts_itself() {
    let body = include_str!("../../../fixtures/reference-sample.json").trim();
    let fields = body.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    check(
        fields,
        &[
            "! rows_excess: 1 results of 0 rows",
            "error_without_failure",
            "row_ambiguous: results[0]: an error and created at once",
        ],
    );
}

#[test]
fn a_long_list_of_contradictions_is_cut_off() {
    let body = r#"{"job_id":"j","status":"complete","total":-1,"processed":-1,"succeeded":-1,"failed":-1,
        "summary":{"created":-1,"existing":-1,"errors":-1}}"#;
    let error = ImportJob::from_slice(body.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("summary.errors is -1; and 2 more"),
        "{error}"
    );
}

/// Reads the progress of an unfinished job with a total of 10, and checks the counters that are left.
fn left(fields: &str, expected: [Option<u64>; 3]) {
    for status in ["processing", "paused"] {
        let body = format!(r#"{{"job_id":"j","status":"{status}","total":10,{fields}}}"#);
        let job = ImportJob::from_slice(body.as_bytes()).unwrap();
        let progress = job.progress();
        let counters = [
            progress.processed(),
            progress.succeeded(),
            progress.failed(),
        ];
        assert_eq!(counters, expected, "{body}");
        assert_eq!(
            job.deviations().is_empty(),
            counters.iter().all(Option::is_some),
            "{body}"
        );
    }
}

#[test]
fn counters_of_an_unfinished_job_that_disagree_are_unknown() {
    left(r#""processed":5,"failed":1"#, [Some(5), Some(4), Some(1)]);
    left(
        r#""processed":5,"succeeded":4,"failed":0"#,
        [None, None, None],
    );
    left(r#""processed":5,"succeeded":6"#, [None, None, None]);
    left(r#""processed":11"#, [None, None, None]);
    left(r#""processed":11,"failed":1"#, [None, None, Some(1)]);
    left(r#""processed":11,"failed":10"#, [None, None, Some(10)]);
    left(r#""succeeded":9,"failed":2"#, [None, None, None]);
    left(r#""processed":5,"failed":-1"#, [Some(5), None, None]);
    left(
        r#""processed":-1,"succeeded":3,"failed":1"#,
        [None, Some(3), Some(1)],
    );
}

#[test]
fn results_for_all_rows_outweigh_the_counters() {
    let results = r#""results":[{"created":true},{"created":true,"error":"x"}]"#;
    for counters in [
        r#""succeeded":2,"failed":0"#,
        r#""processed":1"#,
        r#""processed":9"#,
        r#""processed":2,"succeeded":2,"failed":2"#,
        r#""processed":-1,"succeeded":-1"#,
    ] {
        for status in ["complete", "failed"] {
            let body =
                format!(r#"{{"job_id":"j","status":"{status}","total":2,{counters},{results}}}"#);
            let job = ImportJob::from_slice(body.as_bytes()).unwrap();
            let progress = job.progress();
            let counters = [
                progress.processed(),
                progress.succeeded(),
                progress.failed(),
            ];
            assert_eq!(counters, [Some(2), Some(1), Some(1)], "{body}");
        }
        for results in [r#""results":[{"error":"x"}]"#, r#""results":null"#] {
            // Now only a number that is possible is accepted.
            let possible = counters.contains(r#""succeeded":2,"failed":0"#);
            let body =
                format!(r#"{{"job_id":"j","status":"complete","total":2,{counters},{results}}}"#);
            assert_eq!(
                ImportJob::from_slice(body.as_bytes()).is_ok(),
                possible,
                "{body}"
            );
        }
    }
}

#[test]
fn an_unknown_total_is_0_and_nothing_is_known_of_the_rest() {
    let body = br#"{"job_id":"j","status":"processing","total":-1,"processed":5}"#;
    let progress = ImportJob::from_slice(body).unwrap().progress();
    assert_eq!((progress.total(), progress.processed()), (0, None));
}

#[test]
fn rows_without_a_result_are_unaccounted() {
    for status in ["complete", "failed"] {
        // There is a result of a row that failed, so the counters are wrong.
        let body = format!(
            r#"{{"job_id":"j","status":"{status}","total":5,"succeeded":5,"failed":0,"results":[{{"error":"x"}}]}}"#
        );
        let job = ImportJob::from_slice(body.as_bytes()).unwrap();
        let progress = job.progress();
        assert_eq!((progress.succeeded(), progress.failed()), (None, None));
        let tally = match job {
            ImportJob::Complete(job) => {
                let refused = job.clone().into_result().unwrap_err();
                assert_eq!(refused.to_string(), "1 of 5 rows failed");
                job.tally()
            }
            ImportJob::Failed(job) => job.tally(),
            ImportJob::Processing(_) | ImportJob::Unrecognized(_) => panic!("{body}"),
        };
        assert_eq!(
            (tally.failed(), tally.unaccounted(), tally.total()),
            (1, 4, 5)
        );
    }
}

#[test]
fn an_ambiguous_row_failed_or_its_outcome_is_unspecified() {
    let body = r#"{"job_id":"j","status":"complete","total":2,"results":[
        {"created":true,"error":"x"},{"created":true,"existing":true}]}"#;
    let ImportJob::Complete(job) = ImportJob::from_slice(body.as_bytes()).unwrap() else {
        panic!("{body}")
    };
    let rows = job.rows().unwrap();
    assert!(rows[0].is_failed());
    assert_eq!(rows[1].outcome(), Outcome::Unspecified);
    assert_eq!((job.tally().failed(), job.tally().unspecified()), (1, 1));
}

#[test]
fn positions_that_cannot_be_right_are_unknown() {
    let check = |indexes: &[&str], expected: &[Option<u32>]| {
        let rows = indexes
            .iter()
            .map(|index| format!(r#"{{"error":"x","input_index":{index}}}"#));
        let rows = rows.collect::<Vec<_>>().join(",");
        let total = indexes.len();
        for body in [
            format!(r#"{{"job_id":"j","status":"complete","total":{total},"results":[{rows}]}}"#),
            format!(r#"{{"job_id":"j","status":"complete","results":[{rows}],"total":{total}}}"#),
        ] {
            let job = ImportJob::from_slice(body.as_bytes()).unwrap();
            let found: Vec<_> = job.rows().unwrap().iter().map(crate::Row::index).collect();
            assert_eq!(found, expected, "{body}");
            let stored = serde_json::to_vec(&job).unwrap();
            let stored = ImportJob::from_slice(&stored).unwrap();
            assert_eq!(stored.rows(), job.rows(), "{body}");
            assert_eq!(stored.deviations().len(), job.deviations().len());
        }
    };
    check(&["2", "0", "1"], &[Some(2), Some(0), Some(1)]);
    check(&["0", "0", "2"], &[None, None, Some(2)]);
    check(&["1", "1", "1"], &[None, None, None]);
    check(&["-1", "3", "2"], &[None, None, Some(2)]);
    check(&["-1", "-1"], &[None, None]);
    check(&["99999999999", "1"], &[None, Some(1)]);
}

#[test]
fn the_answer_to_a_poll_is_about_the_job_that_was_asked_for() {
    let check = |id: &str, expected: Result<(), &str>| {
        for state in [
            r#""status":"processing""#,
            r#""status":"paused""#,
            r#""status":"complete","results":[{"error":"x"}]"#,
            r#""status":"failed","error":"x""#,
        ] {
            let asked = JobId::new("j").unwrap();
            let body = format!(r#"{{{id}"total":1,{state}}}"#);
            let slice = ImportJob::from_slice_for(&asked, body.as_bytes());
            let snapshot = Snapshot::from_slice(body.as_bytes()).unwrap();
            let converted = ImportJob::from_snapshot_for(&asked, snapshot);
            assert_eq!(slice, converted.map_err(ReadError::Contradiction), "{body}");
            let mut decoder = RowDecoder::for_job(asked.clone());
            decoder.push(body.as_bytes()).unwrap();
            let rows = std::iter::from_fn(|| decoder.next_row()).count();
            let decoded = decoder.finish();
            if let Ok(job) = ImportJob::from_slice(body.as_bytes()) {
                // An id that is unusable was dropped.
                let same = expected.is_ok() || job.id().is_none();
                assert_eq!(job.for_id(&asked).is_ok(), same, "{body}");
            }
            match (slice, expected) {
                (Ok(job), Ok(())) => {
                    assert_eq!(job.id(), Some(&asked), "{body}");
                    assert_eq!(decoded, Ok(job.without_rows()));
                }
                (Err(ReadError::Contradiction(refused)), Err(numbers)) => {
                    let finding = refused.contradictions().next().unwrap();
                    assert_eq!(
                        (finding.rule(), finding.numbers()),
                        (Rule::OtherJob, Some(numbers))
                    );
                    assert_eq!((rows, decoded.is_err()), (0, true), "{body}");
                }
                other => panic!("{body}: {other:?}"),
            }
        }
    };
    check("", Ok(()));
    check(r#""job_id":null,"#, Ok(()));
    check(r#""job_id":"","#, Ok(()));
    check(r#""job_id":"j","#, Ok(()));
    check(r#""job_id":"OTHER","#, Err(r#""OTHER" instead of "j""#));
    check(r#""job_id":"J","#, Err(r#""J" instead of "j""#));
    check(r#""job_id":"a/\n","#, Err(r#""a/\n" instead of "j""#));
}
