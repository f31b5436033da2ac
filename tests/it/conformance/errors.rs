//! Error answers in every known shape.

use prism_imports::{Commit, ErrorKind};
use prism_imports_tests::net::Action;

use super::{answer, one_row, scripted};

/// Checks the error kind, code and message for a status and a body.
async fn check(
    status: u16,
    body: &str,
    kind: ErrorKind,
    code: Option<&str>,
    message: Option<&str>,
) {
    let (server, imports) = scripted([answer(status, body)]).await;
    for error in [
        imports.get("j-1").await.unwrap_err(),
        one_row(&imports).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        let server_error = error.server();
        assert_eq!(
            server_error.and_then(|server| server.code()),
            code,
            "{body}"
        );
        assert_eq!(
            server_error.and_then(|server| server.message()),
            message,
            "{body}"
        );
    }
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn the_documented_envelope_is_decoded() {
    let body = r#"{"error":{"code":"some_code","message":"A sentence.","request_id":null,"errors":[],"details":{}}}"#;
    check(
        400,
        body,
        ErrorKind::Rejected,
        Some("some_code"),
        Some("A sentence."),
    )
    .await;
}

#[tokio::test]
async fn the_flat_message_of_the_gateway_is_decoded() {
    let body = r#"{"message":"Forbidden"}"#;
    check(403, body, ErrorKind::Denied, None, Some("Forbidden")).await;
}

#[tokio::test]
async fn an_error_string_is_decoded() {
    check(
        400,
        r#"{"error":"broken"}"#,
        ErrorKind::Rejected,
        None,
        Some("broken"),
    )
    .await;
}

#[tokio::test]
async fn an_error_array_is_decoded() {
    let body = r#"{"error":[{"code":"some_code","message":"A sentence."}]}"#;
    check(
        400,
        body,
        ErrorKind::Rejected,
        Some("some_code"),
        Some("A sentence."),
    )
    .await;
}

#[tokio::test]
async fn an_html_page_or_an_empty_body_has_no_details() {
    for body in [
        "<html>502</html>",
        "",
        "[]",
        "null",
        "{",
        r#"{"error":null}"#,
    ] {
        check(502, body, ErrorKind::Server, None, None).await;
    }
}

#[tokio::test]
async fn each_status_has_its_kind() {
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (401, ErrorKind::Auth),
        (403, ErrorKind::Denied),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Rejected),
        (413, ErrorKind::Rejected),
        (418, ErrorKind::Rejected),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (503, ErrorKind::Server),
        (302, ErrorKind::Contract),
    ] {
        check(status, "", kind, None, None).await;
    }
}

#[tokio::test]
async fn known_codes_are_available() {
    for code in [
        "invalid_request",
        "precondition_failed",
        "required_backfill_needed",
    ] {
        let body = format!(r#"{{"error":{{"code":"{code}","message":"A sentence."}}}}"#);
        check(
            400,
            &body,
            ErrorKind::Rejected,
            Some(code),
            Some("A sentence."),
        )
        .await;
    }
}

#[tokio::test]
async fn an_invalid_request_names_its_fields() {
    let body = r#"{"error":{"code":"invalid_request","message":"2 fields are invalid","errors":[
        {"field":".body.default.email","message":"no address","code":"invalid_email"},
        {"field":".body.objects","message":"too many"}]}}"#;
    let (_server, imports) = scripted([answer(400, body)]).await;
    let error = one_row(&imports).await.unwrap_err();
    let issues = error.server().unwrap().issues();
    let read: Vec<_> = issues
        .iter()
        .map(|issue| (issue.field(), issue.code(), issue.message()))
        .collect();
    assert_eq!(
        read,
        [
            (
                Some(".body.default.email"),
                Some("invalid_email"),
                Some("no address")
            ),
            (Some(".body.objects"), None, Some("too many")),
        ]
    );
}

#[tokio::test]
async fn the_commit_state_is_decoded_from_the_error() {
    let coded = |code: &str, committed: &str| {
        let body =
            format!(r#"{{"error":{{"code":"{code}","message":"m","details":{{{committed}}}}}}}"#);
        (500, body)
    };
    for ((status, body), commit) in [
        (
            coded("write_committed", r#""write_committed":true"#),
            Commit::Committed,
        ),
        (coded("write_committed", ""), Commit::Committed),
        (coded("write_outcome_unknown", ""), Commit::Unknown),
        (
            coded("other", r#""write_committed":true"#),
            Commit::Committed,
        ),
        (
            coded("other", r#""write_committed":false"#),
            Commit::NotCommitted,
        ),
        ((500, String::new()), Commit::Unknown),
        ((400, String::new()), Commit::NotCommitted),
        ((429, String::new()), Commit::NotCommitted),
        // A redirect may lead to the result of the request, unless it asks to send the request elsewhere.
        ((302, String::new()), Commit::Unknown),
        ((303, String::new()), Commit::Unknown),
        ((307, String::new()), Commit::NotCommitted),
        ((308, String::new()), Commit::NotCommitted),
        // A job that cannot be read is one, and other answers need not come from the server of the imports.
        ((200, r#"{"job_id":"j-1"}"#.to_owned()), Commit::Committed),
        (
            (200, r#"{"error":{"code":"c"}}"#.to_owned()),
            Commit::Unknown,
        ),
        ((200, "nonsense".to_owned()), Commit::Unknown),
        ((200, "<html></html>".to_owned()), Commit::Unknown),
        ((200, String::new()), Commit::Unknown),
    ] {
        let (_server, imports) = scripted([answer(status, &body)]).await;
        let submit = one_row(&imports);
        let key = submit.key().clone();
        let error = submit.await.unwrap_err();
        assert_eq!(error.commit(), Some(commit), "{status} {body}");
        assert_eq!(error.idempotency_key(), Some(&key));
    }
    let (_server, imports) = scripted([Action::Close]).await;
    assert_eq!(
        one_row(&imports).await.unwrap_err().commit(),
        Some(Commit::Unknown)
    );
}
