//! The body, the key and the answers of submits.

use prism_imports::{Client, Commit, ErrorKind, Finished, IdempotencyKey, ObjectType, Submitted};
use prism_imports_tests::{
    net::{Action, FaultServer},
    server::{KEY, TEAM},
};
use serde_json::{Value, json};

use super::{COMPLETE, PROCESSING, answer, one_row, scripted};

const LIST: uuid::Uuid = uuid::uuid!("9a1f6c1e-4b1d-4a0e-8a52-6a1c3c4b5d6e");

#[tokio::test]
async fn rows_and_options_are_serialized_with_their_names() {
    let (server, imports) = scripted([answer(202, PROCESSING)]).await;
    let rows = [
        json!({"default": {"email": "ada@example.com", "age": 36, "ok": true, "tags": ["a"], "none": null}}),
        json!({"list": {"stage": "new"}, "app_stage": "lead"}),
    ];
    imports
        .submit(ObjectType::Contact)
        .rows(rows.clone())
        .dedupe_by("email")
        .case_insensitive(false)
        .list_id(LIST)
        .create_missing_options(true)
        .update_existing(true)
        .require_list_stage(true)
        .option("next_year", json!({"deep": [1]}))
        .await
        .unwrap();
    let sent: Value = serde_json::from_slice(&server.received()[0].body).unwrap();
    let expected = json!({
        "objects": rows,
        "options": {
            "dedupe_by": "email",
            "caseInsensitive": false,
            "list_id": LIST.to_string(),
            "create_missing_options": true,
            "update_existing": true,
            "require_list_stage": true,
            "next_year": {"deep": [1]},
        },
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn options_that_are_not_set_are_not_sent() {
    let (server, imports) = scripted([answer(202, PROCESSING)]).await;
    one_row(&imports).await.unwrap();
    let sent: Value = serde_json::from_slice(&server.received()[0].body).unwrap();
    let options = sent.get("options").and_then(Value::as_object);
    assert!(options.is_none_or(serde_json::Map::is_empty), "{sent}");
    assert_eq!(
        sent["objects"],
        json!([{"default": {"email": "ada@example.com"}}])
    );
}

#[tokio::test]
async fn a_row_needs_default_or_list() {
    let (server, imports) = scripted([answer(202, PROCESSING)]).await;
    for row in [
        json!({}),
        json!({"email": "x"}),
        json!([1]),
        json!("x"),
        json!({"default": null}),
    ] {
        let submit = imports
            .submit(ObjectType::Contact)
            .rows([json!({"default": {}}), row]);
        let error = submit.await.unwrap_err();
        assert_eq!(
            (error.kind(), error.commit()),
            (ErrorKind::Argument, Some(Commit::NotCommitted))
        );
        assert!(error.to_string().contains("row 1"), "{error}");
    }
    let nothing = imports
        .submit(ObjectType::Contact)
        .rows(Vec::<Value>::new())
        .await;
    assert_eq!(nothing.unwrap_err().kind(), ErrorKind::Argument);
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn the_key_and_the_bytes_are_the_same_on_every_attempt() {
    let hint = [("retry-after-ms", "1")];
    let server = FaultServer::start([
        Action::answer_with(503, &hint, ""),
        Action::answer_with(500, &hint, ""),
        answer(202, PROCESSING),
    ]);
    let server = server.await.unwrap();
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM);
    let imports = client.build().unwrap().imports();
    let submit = one_row(&imports);
    let key = submit.key().clone();
    let Submitted::Started(handle) = submit.await.unwrap() else {
        panic!("expected a started job");
    };
    assert_eq!(handle.idempotency_key(), Some(&key));
    let received = server.received();
    assert_eq!(received.len(), 3);
    for request in &received {
        assert_eq!(request.header("idempotency-key"), Some(key.as_str()));
        assert_eq!(request.body, received[0].body);
    }
    one_row(&imports).await.unwrap();
    assert_ne!(
        server.received()[3].header("idempotency-key"),
        Some(key.as_str())
    );
}

#[tokio::test]
async fn a_submit_is_sent_once_when_keyed_retries_are_off() {
    let failing = Action::answer_with(
        503,
        &[("retry-after-ms", "1"), ("x-should-retry", "true")],
        "",
    );
    let server = FaultServer::start([failing]).await.unwrap();
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM);
    let imports = client.build().unwrap().imports();
    let error = one_row(&imports).keyed_retries(false).await.unwrap_err();
    assert_eq!(
        (error.attempts(), error.commit()),
        (1, Some(Commit::Unknown))
    );
    assert_eq!(server.received().len(), 1);
    assert!(server.received()[0].header("idempotency-key").is_some());
}

#[test]
fn a_key_has_1_to_255_characters() {
    for valid in ["x".to_owned(), "x".repeat(255)] {
        assert_eq!(IdempotencyKey::new(&*valid).unwrap().as_str(), valid);
    }
    for invalid in [
        String::new(),
        "x".repeat(256),
        "a b".to_owned(),
        "ä".to_owned(),
        "a\n".to_owned(),
    ] {
        assert!(IdempotencyKey::new(&*invalid).is_err(), "{invalid:?}");
    }
}

#[tokio::test]
async fn a_key_mismatch_is_not_retried() {
    let body = r#"{"error":{"code":"idempotency_key_mismatch","message":"other body"}}"#;
    let headers = [("x-should-retry", "true"), ("retry-after-ms", "1")];
    let server = FaultServer::start([Action::answer_with(409, &headers, body)])
        .await
        .unwrap();
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM);
    let error = one_row(&client.build().unwrap().imports())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(
        error.server().and_then(|server| server.code()),
        Some("idempotency_key_mismatch")
    );
    assert!(!error.is_retryable());
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_sync_answer_is_finished() {
    let body = COMPLETE.replace("\"j-1\"", "null");
    let (_server, imports) = scripted([answer(200, &body)]).await;
    let Submitted::Finished(Finished::Complete(job)) = one_row(&imports).await.unwrap() else {
        panic!("expected a complete import");
    };
    assert_eq!(job.id(), None);
    assert_eq!(job.tally().created(), 1);
}

#[tokio::test]
async fn an_async_answer_is_a_handle_of_the_team_and_the_job() {
    let (_server, imports) = scripted([answer(202, PROCESSING)]).await;
    let reply = one_row(&imports).reply().await.unwrap();
    assert_eq!(reply.status(), 202);
    let Submitted::Started(handle) = reply.into_value() else {
        panic!("expected a started job");
    };
    assert_eq!(
        (
            handle.team_id().to_string().as_str(),
            handle.job_id().as_str()
        ),
        (TEAM, "j-1")
    );
}

#[tokio::test]
async fn a_replayed_answer_is_marked() {
    for (value, replay) in [
        (Some("true"), true),
        (Some("True"), true),
        (Some("false"), false),
        (None, false),
    ] {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(value.map(|value| ("idempotent-replay", value)));
        let (_server, imports) = scripted([Action::answer_with(202, &headers, PROCESSING)]).await;
        let reply = one_row(&imports).reply().await.unwrap();
        assert_eq!(reply.is_replay(), replay, "{value:?}");
    }
}

#[tokio::test]
async fn a_location_never_changes_the_target() {
    let elsewhere = FaultServer::start([answer(200, COMPLETE)]).await.unwrap();
    let foreign = elsewhere.url("/v2/prism/x/imports/j-1").to_string();
    let ours = format!("/v2/prism/{TEAM}/imports/j-1");
    for location in [
        &*foreign,
        "//evil.example/j-1",
        "/v2/prism/other/imports/j-2",
        "::",
        &*ours,
    ] {
        let headers = [("content-type", "application/json"), ("location", location)];
        let actions = [
            Action::answer_with(202, &headers, PROCESSING),
            answer(200, COMPLETE),
        ];
        let (server, imports) = scripted(actions).await;
        let Submitted::Started(handle) = one_row(&imports).await.unwrap() else {
            panic!("expected a started job");
        };
        imports.wait(handle).await.unwrap();
        let polled = &server.received()[1].head;
        assert!(
            polled.starts_with(&format!("GET {ours} ")),
            "{location}: {polled}"
        );
    }
    assert!(elsewhere.received().is_empty());
}
