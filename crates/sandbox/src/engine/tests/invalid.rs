//! Invalid requests.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{Bench, TEAM, contacts, post};
use crate::engine::Payload;

/// Checks that a body is rejected with 400 and these issues.
#[track_caller]
fn check(body: &Value, places: &[(&str, &str)]) {
    let reply = Bench::new().submit(body);
    reply.check(400, "invalid_request");
    let issues = reply.body["error"]["errors"].as_array().unwrap();
    let found: Vec<_> = issues
        .iter()
        .map(|issue| {
            (
                issue["field"].as_str().unwrap(),
                issue["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, places);
    assert!(
        issues
            .iter()
            .all(|issue| !issue["message"].as_str().unwrap().is_empty())
    );
}

#[test]
fn bodies_of_the_wrong_shape_are_rejected() {
    check(&json!([]), &[(".body", "invalid_type")]);
    check(&json!({}), &[(".body.objects", "invalid_type")]);
    check(
        &json!({"objects": {}}),
        &[(".body.objects", "invalid_type")],
    );
    check(&json!({"objects": []}), &[(".body.objects", "too_short")]);
    check(
        &json!({"objects": [{}], "options": []}),
        &[(".body.options", "invalid_type")],
    );
    check(
        &json!({"objects": [{}], "rows": []}),
        &[(".body", "unknown_field")],
    );
    check(
        &json!({"objects": [{}, 1]}),
        &[(".body.objects[1]", "invalid_type")],
    );
    check(
        &json!({"objects": [{"default": 1}]}),
        &[(".body.objects[0].default", "invalid_type")],
    );
    check(
        &json!({"objects": [{"email": "a@x.org"}]}),
        &[(".body.objects[0]", "unknown_field")],
    );
}

#[test]
fn unknown_and_mistyped_options_are_rejected() {
    let with = |options: Value| json!({"objects": [{}], "options": options});
    for (options, place, code) in [
        (
            json!({"dedupe_by": 1}),
            ".body.options.dedupe_by",
            "invalid_type",
        ),
        (
            json!({"dedupe_by": " "}),
            ".body.options.dedupe_by",
            "too_short",
        ),
        (
            json!({"dedupe_by": []}),
            ".body.options.dedupe_by",
            "invalid_type",
        ),
        (
            json!({"dedupe_by": ["a", "b"]}),
            ".body.options.dedupe_by",
            "invalid_type",
        ),
        (
            json!({"caseInsensitive": "yes"}),
            ".body.options.caseInsensitive",
            "invalid_type",
        ),
        (
            json!({"case_insensitive": true}),
            ".body.options.case_insensitive",
            "unknown_option",
        ),
        (
            json!({"update_existing": 1}),
            ".body.options.update_existing",
            "invalid_type",
        ),
        (
            json!({"create_missing_options": 1}),
            ".body.options.create_missing_options",
            "invalid_type",
        ),
        (
            json!({"require_list_stage": 1}),
            ".body.options.require_list_stage",
            "invalid_type",
        ),
        (
            json!({"list_id": "l"}),
            ".body.options.list_id",
            "invalid_uuid",
        ),
        (
            json!({"crm_id": TEAM}),
            ".body.options.crm_id",
            "unknown_option",
        ),
        (
            json!({"dedupe": "email"}),
            ".body.options.dedupe",
            "unknown_option",
        ),
    ] {
        check(&with(options), &[(place, code)]);
    }
    let all = json!({
        "dedupe_by": "email", "caseInsensitive": true, "list_id": TEAM, "create_missing_options": true,
        "update_existing": null, "require_list_stage": false,
    });
    assert_eq!(Bench::new().submit(&with(all)).status, StatusCode::OK);
}

#[test]
fn up_to_twenty_issues_are_listed() {
    let reply = Bench::new().submit(&json!({"objects": vec![json!(1); 30], "options": {"a": 1}}));
    reply.check(400, "invalid_request");
    assert_eq!(reply.body["error"]["errors"].as_array().unwrap().len(), 20);
}

#[test]
fn invalid_json_is_rejected_without_quoting_it() {
    for (body, place) in [
        ("{\"objects\": [{\"default\": {\"secret\": tru", "line 1"),
        ("{\n\"secret\"", "line 2"),
        ("", "line 1"),
    ] {
        let reply = Bench::new().send(post("contact"), body);
        reply.check(400, "invalid_request");
        let text = reply.body.to_string();
        assert!(text.contains(place) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn values_are_never_quoted() {
    let rows =
        json!([{"default": {"email": "s3cret"}}, {"default": {"x": {"s3cret": 1}}}, {"s3cret": 1}]);
    let refused = Bench::new()
        .submit(&json!({"objects": rows}))
        .body
        .to_string();
    let rejected = Bench::new()
        .submit(&json!({"objects": [rows[0], rows[1]]}))
        .body
        .to_string();
    assert!(
        !refused.contains("s3cret") && !rejected.contains("s3cret"),
        "{refused} {rejected}"
    );
}

#[test]
fn batches_and_bodies_have_size_limits() {
    let mut bench = Bench::with(|config| config.max_rows_per_import = 4);
    assert_eq!(bench.submit(&contacts(4)).status, StatusCode::ACCEPTED);
    bench.submit(&contacts(5)).check(413, "too_many_rows");
    let (head, ()) = post("contact").body(()).unwrap().into_parts();
    let answer = bench.engine.handle(bench.now, &head, &Payload::TooLarge);
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn wrong_content_types_get_415() {
    let mut bench = Bench::new();
    let submit = |kind: Option<&str>| {
        let request =
            Request::post(format!("/v2/prism/{TEAM}/contact/import")).header("x-api-key", "k");
        kind.into_iter().fold(request, |request, kind| {
            request.header("content-type", kind)
        })
    };
    let body = contacts(1).to_string();
    for wrong in [
        None,
        Some("text/plain"),
        Some("application/x-ndjson"),
        Some(""),
    ] {
        bench
            .send(submit(wrong), body.clone())
            .check(415, "unsupported_media_type");
    }
    for right in ["application/json", "Application/JSON ; charset=utf-8"] {
        assert_eq!(
            bench.send(submit(Some(right)), body.clone()).status,
            StatusCode::OK
        );
    }
}

#[test]
fn wrong_methods_get_405_with_the_allowed_one() {
    let mut bench = Bench::new();
    let poll = format!("/v2/prism/{TEAM}/imports/x");
    let submit = format!("/v2/prism/{TEAM}/contact/import");
    for (method, path, allowed) in [
        ("DELETE", &poll, "GET"),
        ("POST", &poll, "GET"),
        ("HEAD", &poll, "GET"),
        ("GET", &submit, "POST"),
        ("PUT", &submit, "POST"),
    ] {
        let reply = bench.send(Request::builder().method(method).uri(path.as_str()), "");
        reply.check(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), allowed);
    }
}

#[test]
fn unknown_paths_get_404() {
    let mut bench = Bench::new();
    for path in ["/", "/v2/prism", "/v1/prism/t/imports/x", "/sandbox"] {
        bench.send(Request::get(path), "").check(404, "not_found");
    }
}

#[test]
fn errors_have_the_configured_envelope() {
    use crate::Envelope;
    let refused = |envelope| Bench::with(|config| config.envelope = envelope).poll("x");
    assert!(refused(Envelope::Standard).body["error"]["details"].is_object());
    let flat = refused(Envelope::Flat).body;
    assert!(flat["message"].is_string() && flat.get("error").is_none());
    assert!(refused(Envelope::Text).body["error"].is_string());
    assert_eq!(
        refused(Envelope::Array).body["error"][0]["code"],
        "not_found"
    );
    let html = refused(Envelope::Html);
    assert_eq!(html.header("content-type"), "text/html");
    assert!(
        html.body
            .as_str()
            .unwrap()
            .contains("<h1>404 Not Found</h1>")
    );
    let empty = refused(Envelope::Empty);
    assert_eq!(empty.body, "");
    assert!(!empty.headers.contains_key("content-type"));
    assert_eq!(empty.status, StatusCode::NOT_FOUND);
}
