//! The snapshots that are accepted, and the metadata of answers.

use std::time::Duration;

use prism_imports::{ErrorKind, Finished, ImportJob, Submitted, Update, wire::Status};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::{net::Action, rows::contacts};

use super::{COMPLETE, PROCESSING, answer, in_process, one_row, scripted};

const SAMPLE: &str = include_str!("../../../crates/core/fixtures/reference-sample.json");

const LEGACY: &str = include_str!("../../../crates/core/fixtures/legacy-summary.json");

#[tokio::test]
async fn known_statuses_are_decoded() {
    let failed = r#"{"job_id":"j-1","status":"failed","total":3,"processed":0,"succeeded":0,
        "failed":0,"error":{"code":"boom","message":"It broke."}}"#;
    let actions = [
        answer(200, PROCESSING),
        answer(200, COMPLETE),
        answer(200, failed),
    ];
    let (_server, imports) = scripted(actions).await;
    assert!(matches!(
        imports.get("j-1").await.unwrap(),
        ImportJob::Processing(_)
    ));
    assert!(matches!(
        imports.get("j-1").await.unwrap(),
        ImportJob::Complete(_)
    ));
    let ImportJob::Failed(job) = imports.get("j-1").await.unwrap() else {
        panic!("expected a failed job");
    };
    assert_eq!(job.error().and_then(|error| error.code()), Some("boom"));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_does_not_end_a_watch() {
    let paused = Fault::status("paused").on(On::Poll).times(2);
    let imports = in_process(Sandbox::builder().sync_below(0).fault(paused));
    let Submitted::Started(handle) = imports.submit("contact").rows(contacts(200)).await.unwrap()
    else {
        panic!("expected a started job");
    };
    let mut watch = imports.watch(handle);
    let mut statuses = Vec::new();
    let mut last = None;
    while let Some(update) = watch.next().await {
        last = update.unwrap().into_job();
        statuses.extend(last.as_ref().map(|job| job.status().to_string()));
    }
    assert_eq!(statuses[..2], ["paused", "paused"]);
    assert!(matches!(last, Some(ImportJob::Complete(_))), "{statuses:?}");
}

#[tokio::test]
async fn null_and_missing_are_equal() {
    let nulls = r#"{"job_id":"j-1","status":"processing","total":3,"processed":null,"succeeded":null,
        "failed":null,"results":null,"error":null,"created_at":null,"updated_at":null,"expires_at":null}"#;
    let (_server, imports) = scripted([answer(200, nulls), answer(200, PROCESSING)]).await;
    let with_nulls = imports.get("j-1").await.unwrap();
    assert_eq!(with_nulls, imports.get("j-1").await.unwrap());
    assert_eq!(with_nulls.progress().processed(), None);
}

#[tokio::test]
async fn newer_row_fields_are_decoded() {
    let body = r#"{"job_id":"j-1","status":"complete","total":2,"processed":2,"succeeded":2,"failed":0,
        "results":[{"input_index":1,"existing":true,"updated":true},{"input_index":0,"id":null,"created":true}]}"#;
    let (_server, imports) = scripted([answer(200, body)]).await;
    let ImportJob::Complete(job) = imports.get("j-1").await.unwrap() else {
        panic!("expected a complete job");
    };
    assert_eq!((job.tally().updated(), job.tally().created()), (1, 1));
    let indices: Vec<_> = job
        .rows()
        .unwrap()
        .iter()
        .map(prism_imports::Row::index)
        .collect();
    assert_eq!(indices, [Some(1), Some(0)]);
}

#[tokio::test]
async fn a_snapshot_keeps_unknown_fields() {
    let body = r#"{"job_id":"j-1","status":"processing","total":3,"region":{"of":["eu"]}}"#;
    let (_server, imports) = scripted([answer(200, body)]).await;
    let snapshot = imports.snapshot("j-1").await.unwrap();
    let kept = serde_json::to_value(&snapshot).unwrap();
    assert_eq!(kept["region"], serde_json::json!({"of": ["eu"]}));
    imports.get("j-1").await.unwrap();
}

#[tokio::test]
async fn the_legacy_shape_is_accepted() {
    let (_server, imports) = scripted([answer(200, LEGACY)]).await;
    let Submitted::Finished(Finished::Complete(job)) = one_row(&imports).await.unwrap() else {
        panic!("expected a complete import");
    };
    let tally = job.tally();
    assert_eq!(
        (
            tally.created(),
            tally.existing(),
            tally.failed(),
            tally.total()
        ),
        (1, 1, 1, 3)
    );
    let failed = job.failed_rows().next().and_then(|row| row.error());
    assert_eq!(
        failed.and_then(|error| error.message()),
        Some("email is not valid")
    );
}

#[tokio::test]
async fn the_sample_of_the_reference_decodes_and_is_rejected() {
    let (_server, imports) = scripted([answer(200, SAMPLE)]).await;
    let snapshot = imports.snapshot("j-1").await.unwrap();
    assert_eq!(snapshot.status, Status::Complete);
    let error = imports.get("j-1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert_eq!(error.snapshot(), Some(&snapshot));
}

#[tokio::test]
async fn the_request_id_is_available_on_success_and_error() {
    let id = ("x-request-id", "req-7");
    let json = ("content-type", "application/json");
    let actions = [
        Action::answer_with(200, &[json, id], PROCESSING),
        Action::answer_with(403, &[id], ""),
        Action::answer_with(200, &[json, id], "nonsense"),
        answer(500, r#"{"error":{"code":"x","request_id":"req-of-body"}}"#),
        Action::answer_with(500, &[id], r#"{"error":{"request_id":"req-of-body"}}"#),
        Action::answer_with(202, &[json, id], PROCESSING),
    ];
    let (_server, imports) = scripted(actions).await;
    let reply = imports.get("j-1").reply().await.unwrap();
    assert_eq!(reply.request_id(), Some("req-7"));
    for expected in ["req-7", "req-7", "req-of-body", "req-7"] {
        let error = imports.get("j-1").await.unwrap_err();
        assert_eq!(error.request_id(), Some(expected));
        assert!(
            error.to_string().contains(&format!("request {expected}")),
            "{error}"
        );
    }
    let reply = one_row(&imports).reply().await.unwrap();
    assert_eq!(reply.request_id(), Some("req-7"));
}

#[tokio::test]
async fn an_unseen_job_is_not_found() {
    let (_server, imports) = scripted([Action::answer(404, "")]).await;
    assert_eq!(
        imports.get("j-1").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        imports.wait("j-1").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test(start_paused = true)]
async fn a_seen_job_is_gone_or_expired() {
    for (expires_at, kind) in [
        ("2000-01-08T00:00:00Z", ErrorKind::Expired),
        ("2999-01-08T00:00:00Z", ErrorKind::Gone),
    ] {
        let expiry = Fault::set("expires_at", expires_at).on(On::Poll);
        let created = Fault::set("created_at", "2000-01-01T00:00:00Z").on(On::Poll);
        let lost = Fault::answer(404).on(On::Poll).skip(1);
        let settings = Sandbox::builder().sync_below(0).rows_per_second(1.0);
        let imports = in_process(settings.fault(expiry).fault(created).fault(lost));
        let Submitted::Started(handle) =
            imports.submit("contact").rows(contacts(200)).await.unwrap()
        else {
            panic!("expected a started job");
        };
        let waited = imports
            .wait(handle.clone())
            .timeout(Duration::from_secs(3_600));
        let error = waited.await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.last_seen().is_some());
        assert_eq!(
            error.handle().map(prism_imports::ImportHandle::job_id),
            Some(handle.job_id())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_transient_contradiction_is_tolerated() {
    let settings = Sandbox::builder().sync_below(0).rows_per_second(100.0);
    let moving = Fault::contradict().on(On::Poll).times(2);
    let imports = in_process(settings.fault(moving));
    let Submitted::Started(handle) = imports.submit("contact").rows(contacts(200)).await.unwrap()
    else {
        panic!("expected a started job");
    };
    // The counters of a job in progress are estimates. Those of a finished job are not.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut watch = imports.watch(handle);
    let mut faults = 0;
    while let Some(update) = watch.next().await {
        if let Update::Fault(error) = update.unwrap() {
            assert_eq!(error.kind(), ErrorKind::Contract);
            faults += 1;
        }
    }
    assert_eq!(faults, 2);
}

#[tokio::test]
async fn a_304_is_not_called_a_redirect() {
    let (_server, imports) = scripted([Action::answer(304, "")]).await;
    let error = imports.get("j-1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(error.to_string().contains("304 not modified"), "{error}");
}
