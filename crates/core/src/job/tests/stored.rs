//! Tests of serialization: values are unchanged after a round trip, and invalid values are refused.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Complete, Conflict, Failed, Finding, ImportJob, JobError, JobId, JobIdError, Processing,
    Progress, Rate, RecordId, Row, RowError, Rule, Severity, Tally, Unrecognized,
    wire::{ErrorBody, Snapshot, Status, Summary},
};

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let stored = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
    assert_eq!(&read, value, "{stored}");
}

fn refused<T: DeserializeOwned + Debug>(stored: &str, expected: &str) {
    let error = serde_json::from_str::<T>(stored).unwrap_err().to_string();
    assert!(error.starts_with(expected), "{stored}: {error}");
}

fn job(body: &str) -> ImportJob {
    ImportJob::from_slice(body.as_bytes()).unwrap()
}

fn complete() -> Complete {
    let body = r#"{"job_id":"j","status":"complete","total":4,"created_at":"now","results":[
        {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"id":"r7","updated":true},
        {"error":{"code":"x","message":"y"},"id":"r8"},{"error":"z"}]}"#;
    let ImportJob::Complete(job) = job(body) else {
        unreachable!()
    };
    job
}

#[test]
fn states_and_their_parts_round_trip() {
    let complete = complete();
    complete.rows().unwrap().iter().for_each(check::<Row>);
    complete
        .failed_rows()
        .for_each(|row| check::<RowError>(row.error().unwrap()));
    complete
        .details()
        .deviations()
        .iter()
        .for_each(check::<Finding>);
    check::<Tally>(&complete.tally());
    check::<Progress>(&complete.progress());
    check::<JobId>(complete.id().unwrap());
    check::<ImportJob>(&complete.clone().into());
    check::<Complete>(&complete);

    let on = job(r#"{"job_id":"j","status":"processing","total":3,"processed":1}"#);
    let later = job(r#"{"job_id":"j","status":"processing","total":3,"processed":2}"#);
    let elapsed = std::time::Duration::from_secs(3);
    check::<Rate>(&Rate::between(&on.progress(), &later.progress(), elapsed).unwrap());
    check::<Progress>(&on.progress());
    let ImportJob::Processing(on) = on else {
        unreachable!()
    };
    check::<Processing>(&on);
    let ImportJob::Unrecognized(paused) = job(r#"{"job_id":"j","status":"paused","total":3}"#)
    else {
        unreachable!()
    };
    check::<Unrecognized>(&paused);
    let ImportJob::Failed(failed) = job(r#"{"status":"failed","total":3,"error":{"code":"x"}}"#)
    else {
        unreachable!()
    };
    check::<JobError>(failed.error().unwrap());
    check::<Failed>(&failed);
}

#[test]
fn enums_and_wire_types_round_trip() {
    Rule::ALL.iter().for_each(check::<Rule>);
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.code());
    }
    [Severity::Contradiction, Severity::Deviation]
        .iter()
        .for_each(check::<Severity>);
    [Conflict::OtherJob, Conflict::OtherTotal, Conflict::OtherEnd]
        .iter()
        .for_each(check::<Conflict>);
    for status in ["processing", "complete", "failed", "paused", ""] {
        check::<Status>(&Status::from(status));
    }
    check::<ErrorBody>(&ErrorBody::new("x", "y"));
    check::<ErrorBody>(&serde_json::from_str(r#"{"code":null,"hint":[1.5]}"#).unwrap());
    let legacy = include_str!("../../../fixtures/legacy-summary.json");
    let snapshot: Snapshot = serde_json::from_str(legacy).unwrap();
    check::<Summary>(snapshot.summary.as_ref().unwrap());
    snapshot
        .results
        .iter()
        .flatten()
        .for_each(check::<crate::wire::Row>);
    check::<Snapshot>(&snapshot);
}

#[test]
fn invalid_values_are_refused() {
    refused::<Progress>(
        r#"{"total":2,"processed":3}"#,
        "processed_exceeds_total: 3 rows processed of 2",
    );
    refused::<Progress>(
        r#"{"total":9,"processed":3,"succeeded":1,"failed":1}"#,
        "processed_mismatch: 3 rows processed, 1 succeeded, 1 failed",
    );
    refused::<Progress>(
        r#"{"total":2,"processed":1,"complete":true}"#,
        "complete, but not all rows were processed",
    );
    refused::<Progress>(
        r#"{"total":2,"complete":true}"#,
        "complete, but not all rows were processed",
    );
    for rate in ["0", "-1.5", "-0.0"] {
        refused::<Rate>(rate, "a rate must be positive and finite");
    }
    refused::<JobId>(r#""a/b""#, "a job id must not contain a slash");
    refused::<Finding>(
        r#"{"row":null,"rule":"invented","severity":"deviation","numbers":null}"#,
        "unknown variant `invented`",
    );
    refused::<ImportJob>(
        r#"{"job_id":null,"status":"processing","total":3}"#,
        "the snapshot contradicts itself: sync_unfinished",
    );
    refused::<Complete>(
        r#"{"job_id":"j","status":"processing","total":3}"#,
        "expected a job that is complete",
    );
    refused::<Processing>(
        r#"{"status":"complete","total":0}"#,
        "expected a job that is processing",
    );
}

#[test]
fn a_single_row_keeps_its_index() {
    let stored = complete()
        .rows()
        .map(|rows| serde_json::to_string(&rows[3]).unwrap());
    assert_eq!(
        stored.as_deref(),
        Some(r#"{"input_index":3,"error":{"message":"z"}}"#)
    );
    for unknown in [
        r#"{"created":true}"#,
        r#"{"created":true,"input_index":-1}"#,
    ] {
        let row: Row = serde_json::from_str(unknown).unwrap();
        assert_eq!(row.index(), None);
        check(&row);
    }
}

#[test]
fn a_stored_job_stays_readable_under_stricter_rules() {
    let rows = r#""results":[{"error":"x"},{"error":"x"}]"#;
    let body = format!(
        r#""job_id":"j","status":"complete","total":1,"processed":3,"succeeded":-1,{rows}"#
    );
    refused::<ImportJob>(
        &format!("{{{body}}}"),
        "the snapshot contradicts itself: negative_counter",
    );
    let stored = format!(r#"{{"stored_version":1,{body}}}"#);
    let job: ImportJob = serde_json::from_str(&stored).unwrap();
    assert_eq!(job, ImportJob::from_slice(stored.as_bytes()).unwrap());
    let rules: Vec<_> = job.deviations().iter().map(Finding::rule).collect();
    assert_eq!(
        rules,
        [
            Rule::NegativeCounter,
            Rule::ProcessedExceedsTotal,
            Rule::RowsExcess
        ]
    );
    let deviates = |finding: &Finding| finding.severity() == Severity::Deviation;
    assert!(job.deviations().iter().all(deviates));
    let again = serde_json::to_string(&job).unwrap();
    let again: ImportJob = serde_json::from_str(&again).unwrap();
    assert_eq!(
        (again.progress(), again.rows()),
        (job.progress(), job.rows())
    );
    // Nothing can be done with a job that cannot be polled.
    refused::<ImportJob>(
        r#"{"stored_version":1,"status":"processing","total":1}"#,
        "the snapshot contradicts itself: sync_unfinished",
    );
    let id = JobId::new("k").unwrap();
    assert!(ImportJob::from_slice_for(&id, stored.as_bytes()).is_err());
}

#[test]
fn a_stored_job_has_a_version() {
    let stored = serde_json::to_string(&complete()).unwrap();
    assert!(
        stored.starts_with(r#"{"stored_version":1,"job_id":"j","#),
        "{stored}"
    );
    assert_eq!(
        stored,
        serde_json::to_string(&ImportJob::from(complete())).unwrap()
    );
}

#[test]
fn ids_are_values() {
    let uuid = complete().rows().unwrap()[0]
        .id()
        .map(|id| serde_json::to_string(&id).unwrap());
    assert_eq!(
        uuid.as_deref(),
        Some(r#""182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e""#)
    );
    for text in [
        r#""182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e""#,
        r#""r7""#,
        r#""""#,
    ] {
        let id: RecordId<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), text);
        assert_eq!(id.as_uuid().is_some(), text.len() > 30);
    }
    let id = JobId::try_from("j".to_owned()).unwrap();
    let ids = std::collections::BTreeSet::from([id.clone()]);
    assert!(ids.contains("j"));
    assert_eq!(AsRef::<str>::as_ref(&id), "j");
    assert_eq!(id.into_string(), "j");
    assert_eq!(
        JobId::try_from("a/b".to_owned()),
        Err(JobIdError::Slash { at: 1 })
    );
}

#[test]
fn a_job_gives_away_its_parts() {
    let rows = complete().rows().map(<[Row]>::to_vec);
    assert_eq!(complete().into_rows(), rows);
    assert_eq!(ImportJob::from(complete()).into_rows(), rows);
    let ImportJob::Failed(failed) = job(
        r#"{"status":"failed","total":1,"error":{"code":"x","message":"y"},"results":[{"error":"z"}]}"#,
    ) else {
        unreachable!()
    };
    assert_eq!(failed.clone().into_rows().map(|rows| rows.len()), Some(1));
    assert_eq!(
        ImportJob::from(failed.clone()).into_rows(),
        failed.clone().into_rows()
    );
    let error: Box<dyn std::error::Error> = failed.into_error().unwrap().into();
    assert_eq!(error.to_string(), "x: y");
}
