//! The main flow over real sockets: submit, watch, finish.

use std::time::Duration;

use prism_imports::{
    Commit, Error, ErrorKind, Finished, ImportHandle, ObjectType, Row, Submitted, Update,
};
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, client, imports, sandbox},
};
use serde_json::json;

async fn start(imports: &prism_imports::Imports, rows: usize) -> ImportHandle {
    let submitted = imports
        .submit(ObjectType::Contact)
        .rows(contacts(rows))
        .await;
    match submitted.expect("the sandbox accepts contacts") {
        Submitted::Started(handle) => handle,
        Submitted::Finished(end) => panic!("expected a started job: {end:?}"),
    }
}

#[tokio::test]
async fn a_small_import_finishes_synchronously() {
    let server = sandbox().await;
    let submitted = imports(&server)
        .submit(ObjectType::Contact)
        .rows(contacts(20))
        .await
        .unwrap();
    let Submitted::Finished(Finished::Complete(job)) = submitted else {
        panic!("{submitted:?}")
    };
    assert_eq!(job.id(), None);
    assert_eq!((job.tally().created(), job.tally().failed()), (18, 2));
    assert_eq!(
        job.failed_rows().filter_map(Row::index).collect::<Vec<_>>(),
        [9, 19]
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_large_import_is_watched_to_its_end() {
    let server = sandbox().await;
    let imports = imports(&server);
    let handle = start(&imports, 2_000).await;
    let mut watch = imports.watch(handle);
    let mut updates = Vec::new();
    while let Some(update) = watch.next().await {
        updates.push(update.unwrap());
    }
    let end = updates
        .pop()
        .and_then(Update::into_job)
        .expect("the last update has a job");
    let Ok(Finished::Complete(job)) = Finished::try_from(end) else {
        panic!()
    };
    assert_eq!(
        (
            job.tally().total(),
            job.tally().failed(),
            job.tally().unaccounted()
        ),
        (2_000, 200, 0)
    );
    assert_eq!(watch.requests() + 1, server.requests());
    assert!(server.requests() < 15, "{} requests", server.requests());
    assert!(
        updates
            .iter()
            .all(|update| update.job().is_some_and(|job| !job.is_finished()))
    );
}

#[tokio::test]
async fn a_handle_can_be_stored_and_restored() {
    let server = sandbox().await;
    let handle = start(&imports(&server), 500).await;
    let stored = serde_json::to_string(&handle).unwrap();
    let handle: ImportHandle = serde_json::from_str(&stored).unwrap();
    assert!(handle.idempotency_key().is_some());
    let end = imports(&server).wait(handle).await.unwrap();
    assert_eq!(end.progress().total(), 500);
}

#[tokio::test]
async fn the_same_key_starts_one_import() {
    let server = sandbox().await;
    let imports = imports(&server);
    let submit = || {
        let key = "nightly-1".parse().unwrap();
        imports
            .submit(ObjectType::Contact)
            .rows(contacts(300))
            .idempotency_key(key)
            .reply()
    };
    let (first, again) = (submit().await.unwrap(), submit().await.unwrap());
    assert!(!first.is_replay() && again.is_replay());
    assert_eq!(first.value(), again.value());
}

#[tokio::test]
async fn refusals_have_distinct_kinds() {
    let server = sandbox().await;
    let error = client(&server, "another-key")
        .imports()
        .get("b5f1")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    let error = imports(&server).get("b5f1").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status().map(|status| status.as_u16())),
        (ErrorKind::NotFound, Some(404))
    );
    assert!(
        error
            .request_id()
            .is_some_and(|id| error.to_string().contains(id)),
        "{error}"
    );
    let error = imports(&server).wait("b5f1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_unreachable_server_committed_nothing() {
    let server = sandbox().await;
    let imports = imports(&server);
    server.shutdown().await;
    let policy = prism_imports::transport::RetryPolicy::none();
    let submit = imports
        .submit(ObjectType::Contact)
        .rows(contacts(1))
        .retry(policy);
    let key = submit.key().clone();
    let error = submit.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.commit()),
        (ErrorKind::Connect, Some(Commit::NotCommitted))
    );
    assert_eq!(error.idempotency_key(), Some(&key));
}

#[tokio::test]
async fn invalid_input_is_rejected_before_any_traffic() {
    let server = sandbox().await;
    let imports = imports(&server);
    let submit = || imports.submit(ObjectType::Contact);
    let check = |result: Result<(), Error>, kind: ErrorKind, expected: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let chain = [
            Some(error.to_string()),
            std::error::Error::source(&error).map(ToString::to_string),
        ];
        let text = chain.into_iter().flatten().collect::<Vec<_>>().join(": ");
        assert!(text.contains(expected), "{text}");
    };
    check(
        imports.get("").await.map(drop),
        ErrorKind::Argument,
        "a job id must not be empty",
    );
    check(
        imports.get("..").await.map(drop),
        ErrorKind::Argument,
        "a job id must not be `.` or `..`",
    );
    check(
        imports.get("a/b").await.map(drop),
        ErrorKind::Argument,
        "a job id must not contain a slash (at byte 1)",
    );
    check(
        imports.snapshot("a\n").await.map(drop),
        ErrorKind::Argument,
        "a job id must not contain a control character (at byte 1)",
    );
    check(
        imports.wait(".").await.map(drop),
        ErrorKind::Argument,
        "a job id must not be `.` or `..`",
    );
    check(
        imports.get("b").timeout(Duration::ZERO).await.map(drop),
        ErrorKind::Config,
        "`timeout` is 0",
    );
    check(
        submit().await.map(drop),
        ErrorKind::Argument,
        "there are no rows to import",
    );
    check(
        submit().rows([json!({"email": "a@b.c"})]).await.map(drop),
        ErrorKind::Argument,
        "row 0 cannot be sent: it has neither",
    );
    check(
        submit().rows([json!([1])]).await.map(drop),
        ErrorKind::Argument,
        "row 0 cannot be sent: it is not an object",
    );
    check(
        submit().rows(contacts(1)).dedupe_by(" ").await.map(drop),
        ErrorKind::Argument,
        "the option `dedupe_by` is invalid",
    );
    check(
        imports.submit("a/b").rows(contacts(1)).await.map(drop),
        ErrorKind::Argument,
        "the object type is invalid",
    );
    assert_eq!(server.requests(), 0);
}

#[test]
fn an_invalid_configuration_is_rejected() {
    let build = |key: &str, team: &str, url: &str| {
        let client = prism_imports::Client::builder()
            .api_key(key)
            .team_id(team)
            .base_url(url)
            .build();
        client.unwrap_err().to_string()
    };
    let team = prism_imports_tests::server::TEAM;
    assert!(build(" ", team, "https://host").starts_with("`api_key` is blank"));
    assert_eq!(build(KEY, " ", "https://host"), "`team_id` is blank");
    assert_eq!(build(KEY, team, ""), "`base_url` is blank");
    assert!(build(KEY, "team-7", "https://host").starts_with("the team is not a UUID"));
    let refused = build(KEY, team, "https://user:secret@host");
    assert!(
        refused.contains("user or a password") && !refused.contains("secret"),
        "{refused}"
    );
    for url in [
        "https://host?x=1",
        "https://host#top",
        "http://host.example",
        "ftp://host",
        "host",
    ] {
        assert!(
            build(KEY, team, url).starts_with("the base URL is invalid"),
            "{url}"
        );
    }
}
