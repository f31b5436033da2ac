use super::{FieldIssue, ServerError};

#[track_caller]
fn check(body: &str, code: Option<&str>, message: Option<&str>) {
    let error = ServerError::from_slice(body.as_bytes()).unwrap();
    assert_eq!((error.code(), error.message()), (code, message), "{body}");
}

#[test]
fn every_shape_in_use_is_read() {
    check(
        r#"{"error":{"code":"invalid_request","message":"no"}}"#,
        Some("invalid_request"),
        Some("no"),
    );
    check(
        r#"{"error":[{"code":"c","message":"no"}]}"#,
        Some("c"),
        Some("no"),
    );
    check(r#"{"error":["no"]}"#, None, Some("no"));
    check(r#"{"error":"no"}"#, None, Some("no"));
    check(
        r#"{"error":"forbidden","message":"no"}"#,
        Some("forbidden"),
        Some("no"),
    );
    check(
        r#"{"error":"invalid_client","error_description":"no"}"#,
        Some("invalid_client"),
        Some("no"),
    );
    check(r#"{"message":"no"}"#, None, Some("no"));
    check(r#"{"msg":"no","code":42}"#, Some("42"), Some("no"));
    check(
        r#"{"type":"about:blank","title":"Bad","detail":"no"}"#,
        None,
        Some("no"),
    );
    check(r#"{"title":"Bad","status":400}"#, None, Some("Bad"));
    check("\u{feff}{\"message\":\"no\"}", None, Some("no"));
    check(r#""no""#, None, Some("no"));
    check(
        "upstream connect error\n",
        None,
        Some("upstream connect error"),
    );
}

#[test]
fn a_body_without_a_message_is_no_error() {
    let page = format!("<html>{}</html>", "x".repeat(1_000));
    let long = "x".repeat(1_000);
    for body in [
        "",
        " \n",
        "{}",
        "[]",
        "7",
        "{\"error\":{}}",
        "{\"mess",
        &page,
        "<!DOCTYPE html>",
        &long,
    ] {
        assert_eq!(ServerError::from_slice(body.as_bytes()), None, "{body}");
    }
    for binary in [&b"\xff\xfe"[..], b"a\0b", b"\x8b\x03"] {
        assert_eq!(ServerError::from_slice(binary), None);
    }
}

#[test]
fn text_in_another_encoding_is_read() {
    let error = ServerError::from_slice(b"caf\xe9 closed").unwrap();
    assert_eq!(error.message(), Some("caf\u{fffd} closed"));
}

#[test]
fn issues_by_field_and_by_place_are_read() {
    for (body, expected) in [
        (
            r#"{"errors":{"email":["is bad","is long"],"name":"is missing","age":{"code":"min"}}}"#,
            &[
                ("email", None, Some("is bad")),
                ("email", None, Some("is long")),
                ("name", None, Some("is missing")),
                ("age", Some("min"), None),
            ][..],
        ),
        (
            r#"{"error":{"message":"m","errors":{"email":["is bad"]}}}"#,
            &[("email", None, Some("is bad"))],
        ),
        (
            r#"{"detail":[{"loc":["body","objects",0],"msg":"is bad","type":"t"}]}"#,
            &[("body.objects.0", None, Some("is bad"))],
        ),
    ] {
        let error = ServerError::from_slice(body.as_bytes()).unwrap();
        let issues: Vec<_> = error
            .issues()
            .iter()
            .map(|issue| (issue.field().unwrap(), issue.code(), issue.message()))
            .collect();
        let sorted = |issues: &[(&str, Option<&str>, Option<&str>)]| {
            let mut issues: Vec<_> = issues.iter().map(|issue| format!("{issue:?}")).collect();
            issues.sort();
            issues
        };
        assert_eq!(sorted(&issues), sorted(expected), "{body}");
    }
}

#[test]
fn issues_are_kept_in_the_envelope_and_at_the_top_with_and_without_a_field() {
    for body in [
        r#"{"error":{"message":"m","errors":[{"field":".a","code":"c"},{"message":"no"},"text",7]}}"#,
        r#"{"message":"m","errors":[{"field":".a","code":"c"},{"message":"no"},"text",7]}"#,
        r#"{"error":"m","errors":[{"field":".a","code":"c"},{"detail":"no"},"text",{}]}"#,
    ] {
        let error = ServerError::from_slice(body.as_bytes()).unwrap();
        let read = |issue: &FieldIssue| {
            let [field, code, message] = [issue.field(), issue.code(), issue.message()];
            [field, code, message].map(|text| text.map(str::to_owned))
        };
        let issues: Vec<_> = error.issues().iter().map(read).collect();
        let text = |text: &str| Some(text.to_owned());
        let expected = [
            [text(".a"), text("c"), None],
            [None, None, text("no")],
            [None, None, text("text")],
        ];
        assert_eq!(issues, expected, "{body}");
    }
}
