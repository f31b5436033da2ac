//! Successful answers whose body is not a job.

use prism_imports::{Error, ErrorKind, transport::Phase};
use prism_imports_tests::net::{Action, response};

use super::{one_row, scripted};

/// Row data, which must not appear in messages.
const SECRET: &str = "ada.lovelace@example.com";

/// Gets a job and its snapshot, and submits. The answer is always `action`.
async fn errors(action: Action) -> [Error; 3] {
    let (_server, imports) = scripted([action]).await;
    [
        imports.get("j-1").await.unwrap_err(),
        imports.snapshot("j-1").await.unwrap_err(),
        one_row(&imports).await.unwrap_err(),
    ]
}

/// Checks that a 200 with this body is an error of kind `Decode` whose message has all `parts`.
async fn check(content_type: Option<&str>, body: &str, parts: &[&str]) {
    let headers: Vec<_> = content_type
        .map(|text| ("content-type", text))
        .into_iter()
        .collect();
    for error in errors(Action::answer_with(200, &headers, body)).await {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
        assert_eq!(error.phase(), Phase::Answered);
        let text = error.to_string();
        for part in parts
            .iter()
            .chain(&["status 200", content_type.unwrap_or("no content type")])
        {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
        assert!(!format!("{text}{error:?}").contains(SECRET), "{error:?}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn an_html_page_is_quoted() {
    let page = format!(
        "<html><title>Sign in</title>{}{SECRET}</html>",
        " ".repeat(80)
    );
    check(
        Some("text/html; charset=utf-8"),
        &page,
        &["<html><title>Sign in</title>"],
    )
    .await;
    // Also with the wrong content type.
    check(Some("application/json"), &page, &["<html>"]).await;
}

#[tokio::test]
async fn an_empty_body_is_reported() {
    check(Some("application/json"), "", &["0 bytes"]).await;
    check(None, "", &["0 bytes"]).await;
}

#[tokio::test]
async fn a_truncated_document_is_reported_without_its_rows() {
    let body =
        format!(r#"{{"job_id":"j-1","status":"complete","total":1,"results":[{{"id":"{SECRET}"#);
    check(
        Some("application/json"),
        &body,
        &["`results[0].id`", "88 bytes"],
    )
    .await;
}

#[tokio::test]
async fn null_is_reported() {
    check(Some("application/json"), "null", &["`null`"]).await;
}

#[tokio::test]
async fn an_array_is_reported_without_its_values() {
    check(
        Some("application/json"),
        &format!(r#"["{SECRET}"]"#),
        &["bytes"],
    )
    .await;
}

#[tokio::test]
async fn a_string_is_reported_without_its_text() {
    check(
        Some("application/json"),
        &format!(r#""{SECRET}""#),
        &["bytes"],
    )
    .await;
}

#[tokio::test]
async fn plain_text_is_quoted() {
    check(
        Some("text/plain"),
        "upstream is busy",
        &["upstream is busy"],
    )
    .await;
}

#[tokio::test]
async fn a_missing_or_mistyped_field_is_reported_without_its_value() {
    check(
        Some("application/json"),
        r#"{"job_id":"j-1","status":"processing"}"#,
        &["total"],
    )
    .await;
    let body = format!(r#"{{"job_id":"j-1","status":"processing","total":"{SECRET}"}}"#);
    check(Some("application/json"), &body, &["total"]).await;
}

#[tokio::test]
async fn json_with_another_or_no_content_type_is_decoded() {
    for content_type in [
        None,
        Some("application/problem+json"),
        Some("text/json"),
        Some("application/json, application/json"),
        Some("Application/JSON; charset=utf-8"),
        // Parameters in another encoding are ignored.
        Some("application/json; profile=\"é\""),
    ] {
        let headers: Vec<_> = content_type
            .map(|text| ("content-type", text))
            .into_iter()
            .collect();
        let (_server, imports) =
            scripted([Action::answer_with(200, &headers, super::PROCESSING)]).await;
        imports.get("j-1").await.unwrap();
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_the_json_is_skipped() {
    let marked = |body: &str| format!("\u{feff}{body}");
    let json = [("content-type", "application/json")];
    let (_server, imports) = scripted([
        Action::answer_with(200, &json, marked(super::PROCESSING)),
        Action::answer_with(400, &json, marked(r#"{"message":"no such object"}"#)),
    ])
    .await;
    imports.get("j-1").await.unwrap();
    let error = imports.get("j-1").await.unwrap_err();
    assert_eq!(error.server().unwrap().message(), Some("no such object"));
}

#[tokio::test]
async fn a_truncated_body_is_a_body_error() {
    let whole = response(
        200,
        &[("content-type", "application/json")],
        super::COMPLETE.as_bytes(),
    );
    let cut = whole[..whole.len() - 20].to_vec();
    for error in errors(Action::ReplyAndClose(cut)).await {
        assert_eq!(error.kind(), ErrorKind::Body, "{error}");
        assert!(error.is_retryable());
    }
}
