//! Tests of the validation rules.

use std::collections::BTreeSet;

use crate::{Finding, ImportJob, ReadError, Rule, Severity, wire::Snapshot};

/// Reads a body and checks its findings. Unless `fields` overrides it, the body is of job `j` with 3 rows.
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
            let harmless = |finding: &Finding| finding.rule().severity() == Severity::Deviation;
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
    let messages: Vec<_> = findings.iter().map(ToString::to_string).collect();
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
                "complete_unfinished: 2 rows processed of 3",
                "results_missing",
            ],
        ),
        check(
            r#""status":"complete","succeeded":2,"failed":0"#,
            &[
                "complete_unfinished: 2 rows processed of 3",
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
            r#""status":"failed","error":"x","processed":2,"failed":2"#,
            &[],
        ),
    ]
}

fn ids_and_errors() -> Vec<BTreeSet<Rule>> {
    vec![
        check(
            r#""status":"processing","job_id":null"#,
            &["sync_unfinished"],
        ),
        check(r#""status":"paused","job_id":null"#, &["sync_unfinished"]),
        check(
            r#""status":"processing","job_id":"a/b""#,
            &[
                "sync_unfinished",
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
            &["results_length: 0 results of 2 rows"],
        ),
        check(
            &complete(1, &format!(r#""failed":1,"results":[{{"id":"{ID}"}}]"#)),
            &["results_counts: results with 1 successes and 0 failures, counters with ? and 1"],
        ),
        check(
            r#""status":"failed","error":"x","processed":0,"failed":0,"results":[{"error":"x"}]"#,
            &["results_counts: results with 0 successes and 1 failures, counters with 0 and 0"],
        ),
        check(
            r#""status":"failed","error":"x","processed":2,"failed":2,"results":[{"error":"x"}]"#,
            &[],
        ),
        check(
            &complete(1, r#""results":[{"created":true,"error":"x"}]"#),
            &[
                "counters_missing",
                "row_ambiguous: results[0]: an error and created at once",
            ],
        ),
        check(
            &complete(1, r#""results":[{"updated":true,"error":"x"}]"#),
            &[
                "counters_missing",
                "row_ambiguous: results[0]: an error and updated at once",
            ],
        ),
        check(
            &complete(1, r#""results":[{"created":true,"existing":true}]"#),
            &[
                "counters_missing",
                "row_ambiguous: results[0]: created and existing at once",
            ],
        ),
        check(
            &complete(1, r#""results":[{"created":true,"updated":true}]"#),
            &[
                "counters_missing",
                "row_ambiguous: results[0]: created and updated at once",
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
                "row_index: results[2]: input_index 3 of 3 rows",
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
                "negative_counter: summary.created is -1",
                "processed_exceeds_total: 4 rows processed of 3",
                "results_missing",
                "legacy_shape",
            ],
        ),
    ]
}

#[test]
fn each_rule_is_reported_if_and_only_if_it_is_violated() {
    let reached = [counters(), ids_and_errors(), rows(), times_and_shape()];
    let reached: BTreeSet<_> = reached.into_iter().flatten().flatten().collect();
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
            "results_counts: results with 2 successes and 0 failures, counters with 4 and 0",
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
fn a_long_list_of_contradictions_is_cut_off() {
    let rows = vec![r#"{"created":true,"error":"x"}"#; 900].join(",");
    let body = format!(r#"{{"job_id":"j","status":"complete","total":900,"results":[{rows}]}}"#);
    let error = ImportJob::from_slice(body.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("results[4]: an error and created at once; and 895 more"),
        "{error}"
    );
}
