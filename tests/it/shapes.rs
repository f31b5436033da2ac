//! Every shape of a snapshot in the contract, decoded and validated.

use prism_imports_core::{Finding, ImportJob, Outcome, ReadError, Rule, Severity, wire::Snapshot};

/// Reads a body in one and in two steps, which must agree, and compares the status and the codes of the findings.
fn check(body: &str, expected: &str) {
    let read = ImportJob::from_slice(body.as_bytes());
    let two_steps = Snapshot::from_slice(body.as_bytes()).map_err(ReadError::Decode);
    let two_steps = two_steps
        .and_then(|snapshot| ImportJob::try_from(snapshot).map_err(ReadError::Contradiction));
    assert_eq!(read, two_steps, "{body}");
    let (status, findings) = match &read {
        Ok(job) => (job.status().to_string(), job.deviations()),
        Err(ReadError::Contradiction(refused)) => ("refused".to_owned(), refused.findings()),
        Err(ReadError::Decode(error)) => (error.to_string(), [].as_slice()),
    };
    let codes = findings.iter().map(|finding| finding.rule().code());
    let text = std::iter::once(&*status)
        .chain(codes)
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(text, expected, "{body}");
}

const ID: &str = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

#[test]
fn documented_shapes_become_jobs() {
    check(
        r#"{"job_id":"j","status":"processing","total":3}"#,
        "processing",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"processed":2,"succeeded":1,"failed":1}"#,
        "processing",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"results":null,"error":null,"processed":null}"#,
        "processing",
    );
    check(
        &format!(
            r#"{{"job_id":null,"status":"complete","total":1,"results":[{{"id":"{ID}","created":true}}]}}"#
        ),
        "complete",
    );
    check(
        &format!(
            r#"{{"job_id":"j","status":"complete","total":2,"processed":2,"succeeded":1,"failed":1,
                "results":[{{"error":{{"code":"x"}},"input_index":1}},{{"id":"{ID}","updated":true,"input_index":0}}]}}"#
        ),
        "complete",
    );
    check(
        r#"{"job_id":"j","status":"failed","total":3,"processed":0,"succeeded":0,"failed":0,"error":{"code":"x"}}"#,
        "failed",
    );
    check(
        r#"{"job_id":"j","status":"paused","total":3,"anything":{"new":[1.5,null]}}"#,
        "paused",
    );
}

#[test]
fn deviations_are_recorded() {
    check(
        r#"{"job_id":"j","status":"complete","total":3}"#,
        "complete results_missing counters_missing",
    );
    check(
        r#"{"job_id":"j","status":"complete","total":1,"failed":0,"results":[{"created":true}]}"#,
        "complete row_id_missing",
    );
    check(
        r#"{"job_id":"j","status":"complete","total":1,"failed":0,"results":[{"id":"r7","existing":true}]}"#,
        "complete row_id_not_uuid",
    );
    check(
        r#"{"job_id":"j","status":"failed","total":3}"#,
        "failed failure_without_error counters_missing",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"error":{"code":"x"}}"#,
        "processing error_without_failure",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"error":{}}"#,
        "processing",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"results":[{}]}"#,
        "processing results_early",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"created_at":"now","expires_at":"2026-01-01T00:00:00Z"}"#,
        "processing timestamp_unreadable",
    );
    check(
        r#"{"job_id":"j","status":"processing","total":3,"created_at":"2026-01-02T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}"#,
        "processing timestamp_order",
    );
    check(
        r#"{"job_id":"a/b","status":"failed","total":0,"failed":0,"succeeded":0,"error":{"code":"x"}}"#,
        "failed results_missing job_id_unusable",
    );
}

#[test]
fn numbers_that_cannot_be_right_are_rejected_once_the_job_is_finished() {
    for (counters, rule) in [
        (r#""total":-1"#, "negative_counter"),
        (r#""total":9,"failed":-1"#, "negative_counter"),
        (
            r#""total":9,"processed":3,"succeeded":1,"failed":1"#,
            "processed_mismatch",
        ),
        (r#""total":9,"processed":10"#, "processed_exceeds_total"),
        (
            r#""total":9,"succeeded":9,"failed":9223372036854775807"#,
            "processed_exceeds_total",
        ),
    ] {
        check(
            &format!(r#"{{"job_id":"j","status":"processing",{counters}}}"#),
            &format!("processing {rule}"),
        );
        check(
            &format!(r#"{{"job_id":"j","status":"failed","error":"x",{counters}}}"#),
            &format!("refused {rule}"),
        );
    }
    check(
        r#"{"job_id":"j","status":"complete","total":3,"processed":2,"succeeded":2,"failed":0}"#,
        "refused complete_unfinished results_missing",
    );
    check(
        r#"{"job_id":null,"status":"processing","total":3}"#,
        "refused sync_unfinished",
    );
    check(
        r#"{"status":"paused","total":3}"#,
        "refused sync_unfinished",
    );
    check(
        r#"{"job_id":"j","status":"complete","total":0,"results":[{"error":"x"}]}"#,
        "refused rows_excess",
    );
}

#[test]
fn rows_that_deviate_do_not_make_a_job_fail() {
    check(
        r#"{"job_id":"j","status":"complete","total":2,"failed":0,"results":[]}"#,
        "complete rows_missing",
    );
    check(
        &format!(
            r#"{{"job_id":"j","status":"complete","total":1,"failed":1,"results":[{{"id":"{ID}"}}]}}"#
        ),
        "complete results_counts",
    );
    check(
        r#"{"job_id":"j","status":"complete","total":1,"succeeded":0,"failed":1,"results":[{"created":true,"error":"x"}]}"#,
        "complete row_ambiguous",
    );
    check(
        r#"{"job_id":"j","status":"complete","total":1,"succeeded":0,"failed":1,"results":[{"error":"x","input_index":1}]}"#,
        "complete row_index",
    );
}

#[test]
fn decode_errors_have_a_position() {
    check("", "the body ends too early (byte 0)");
    check("null", "expected a job object, found null (byte 0)");
    check("[]", "expected a job object, found an array (byte 2)");
    check(r#"{"total":1}"#, "the field `status` is missing (byte 11)");
    check(
        r#"{"status":"complete"}"#,
        "the field `total` is missing (byte 21)",
    );
    check(
        r#"{"status":"complete","total":1.5}"#,
        "expected an integer of 64 bits, found a number with a fraction or more than 64 bits at `total` (byte 32)",
    );
    check(
        r#"{"status":"complete","total":1,"total":1}"#,
        "the field is given twice at `total` (byte 39)",
    );
    check(
        r#"{"status":"complete","total":1}}"#,
        "expected the end of the document (byte 31)",
    );
    check(
        r#"{"status":"complete","total":1,"results":[{"id":"x"},{"error":{"code":"#,
        "the body ends too early at `results[1].error.code` (byte 70)",
    );
}

#[test]
fn the_sample_of_the_api_reference_decodes_and_contradicts_itself() {
    let body = include_bytes!("../fixtures/reference-sample.json");
    let snapshot = Snapshot::from_slice(body).unwrap();
    let again = serde_json::to_vec(&snapshot).unwrap();
    assert_eq!(Snapshot::from_slice(&again).unwrap(), snapshot);
    // No field is lost: the written JSON equals the read JSON.
    let json = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap();
    assert_eq!(json(&again), json(body));

    let refused = ImportJob::try_from(snapshot).unwrap_err();
    let found = refused
        .findings()
        .iter()
        .map(|finding| (finding.rule(), finding.row()))
        .collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (Rule::RowsExcess, None),
            (Rule::ErrorWithoutFailure, None),
            (Rule::RowAmbiguous, Some(0))
        ]
    );
    let contradictions = refused
        .contradictions()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert_eq!(contradictions, ["rows_excess: 1 results of 0 rows"]);
    assert!(
        refused
            .contradictions()
            .all(|finding| finding.severity() == Severity::Contradiction)
    );
}

#[test]
fn the_legacy_shape_becomes_the_same_job() {
    let body = include_bytes!("../fixtures/legacy-summary.json");
    let ImportJob::Complete(job) = ImportJob::from_slice(body).unwrap() else {
        panic!()
    };
    assert_eq!(
        (
            job.total(),
            job.progress().succeeded(),
            job.progress().failed()
        ),
        (3, Some(2), Some(1))
    );
    let outcomes = job
        .rows()
        .unwrap()
        .iter()
        .map(|row| row.outcome())
        .collect::<Vec<_>>();
    assert!(
        matches!(
            outcomes[..],
            [Outcome::Created, Outcome::Existing, Outcome::Failed(_)]
        ),
        "{outcomes:?}"
    );
    assert_eq!(
        job.failed_rows()
            .next()
            .and_then(|row| row.error()?.message()),
        Some("email is not valid")
    );
    assert_eq!(
        job.details()
            .deviations()
            .iter()
            .map(Finding::rule)
            .collect::<Vec<_>>(),
        [Rule::LegacyShape]
    );
    let again = serde_json::to_vec(&Snapshot::from_slice(body).unwrap()).unwrap();
    assert_eq!(
        Snapshot::from_slice(&again).unwrap(),
        Snapshot::from_slice(body).unwrap()
    );
}
