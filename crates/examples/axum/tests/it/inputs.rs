//! Requests that cannot be carried out.

use axum_example::MAX_BODY;
use prism_imports_sandbox::Sandbox;
use reqwest::{RequestBuilder, multipart::Form};
use serde_json::json;

use crate::support::{Database, Service, json_of};

async fn check(request: RequestBuilder, status: u16, code: &str, part_of_message: &str) {
    let response = request.send().await.unwrap();
    let found = response.status().as_u16();
    let content_type = response.headers()["content-type"].clone();
    assert_eq!(content_type, "application/json", "{code}");
    let error = json_of(response).await["error"].take();
    assert_eq!(
        (found, error["code"].as_str()),
        (status, Some(code)),
        "{error}"
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(part_of_message), "{message}");
}

#[tokio::test(start_paused = true)]
async fn invalid_requests_are_refused_before_anything_is_stored() {
    let (sandbox, database) = (Sandbox::builder().build().unwrap(), Database::new());
    let service = Service::start(&sandbox, &database.path).await;

    let json = |body: &str| {
        let post = service.post("/imports").body(body.to_owned());
        post.header("content-type", "application/json")
    };
    let rows = |rows| json(&json!({"object_type": "contact", "rows": rows}).to_string());
    check(json("{"), 400, "invalid_json", "EOF").await;
    check(
        json(r#"{"object_type": "contact"}"#),
        422,
        "invalid_json",
        "missing field `rows`",
    )
    .await;
    check(
        json(r#"{"object_type": "x", "rows": [{"default": {}}]}"#),
        422,
        "unknown_object_type",
        "contact",
    )
    .await;
    check(rows(json!([])), 422, "argument", "no rows").await;
    check(
        rows(json!([{"default": {}}, 7])),
        422,
        "argument",
        "row 1 cannot be sent: it is not an object",
    )
    .await;
    check(
        rows(json!([{"email": "ada@example.com"}])),
        422,
        "argument",
        "neither `default` nor `list`",
    )
    .await;

    let csv = |body: &[u8]| {
        let post = service
            .post("/imports?object_type=contact")
            .body(body.to_vec());
        post.header("content-type", "text/csv")
    };
    check(
        csv(b"email,name\nada@example.com\n"),
        400,
        "invalid_csv",
        "line: 2",
    )
    .await;
    check(csv(b"email\n\xff\n"), 400, "invalid_csv", "UTF-8").await;
    check(csv(b"email,email\na,b\n"), 400, "invalid_csv", "column 2").await;
    check(csv(b"email,\na,b\n"), 400, "invalid_csv", "column 2").await;
    check(csv(b"email\n"), 422, "argument", "no rows").await;
    check(csv(&vec![b'x'; MAX_BODY + 1]), 413, "too_large", "16 MiB").await;
    let untyped = service
        .post("/imports")
        .header("content-type", "text/csv")
        .body("email\na");
    check(untyped, 422, "unknown_object_type", "contact").await;

    let form = service
        .post("/imports")
        .multipart(Form::new().text("object_type", "contact"));
    check(form, 400, "invalid_form", "`file`").await;
    let large = Form::new().text("file", "x".repeat(MAX_BODY));
    check(
        service.post("/imports").multipart(large),
        413,
        "too_large",
        "16 MiB",
    )
    .await;
    check(
        service.post("/imports").body("?"),
        415,
        "unsupported_media_type",
        "text/csv",
    )
    .await;
    let other = service.submit(1).header("sec-fetch-site", "cross-site");
    check(other, 403, "other_site", "other sites").await;

    check(
        service.get("/imports/7"),
        404,
        "not_found",
        "no such import",
    )
    .await;
    check(
        service.get("/imports/7/events"),
        404,
        "not_found",
        "no such import",
    )
    .await;
    check(
        service.get("/imports/7/rows"),
        404,
        "not_found",
        "no such import",
    )
    .await;
    check(
        service.get("/imports/7/rows?limit=x"),
        400,
        "invalid_query",
        "limit",
    )
    .await;
    check(service.get("/nowhere"), 404, "not_found", "no such page").await;
    check(
        service.get("/imports"),
        405,
        "method_not_allowed",
        "no such method",
    )
    .await;

    assert_eq!(sandbox.requests(), 0);
    service.shutdown().await;
    assert_eq!(database.statuses(), [] as [String; 0]);
}
