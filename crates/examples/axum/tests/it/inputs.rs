//! Requests that cannot be carried out.

use axum_example::MAX_BODY;
use prism_imports_sandbox::Sandbox;
use reqwest::{RequestBuilder, multipart::Form};
use serde_json::{Value, json};

use crate::support::{Database, Service, json_of};

/// A service that sends and stores nothing.
struct Refusing {
    sandbox: Sandbox,
    database: Database,
    service: Service,
}

impl Refusing {
    async fn new() -> Self {
        let (sandbox, database) = (Sandbox::builder().build().unwrap(), Database::new());
        let service = Service::start(&sandbox, &database.path).await;
        Self {
            sandbox,
            database,
            service,
        }
    }

    async fn check(&self, request: RequestBuilder, status: u16, code: &str, part: &str) {
        let response = request.send().await.unwrap();
        let found = response.status().as_u16();
        assert_eq!(
            response.headers()["content-type"],
            "application/json",
            "{code}"
        );
        let error = json_of(response).await["error"].take();
        assert_eq!(
            (found, error["code"].as_str()),
            (status, Some(code)),
            "{error}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
    }

    async fn json(&self, body: &str, status: u16, code: &str, part: &str) {
        let post = self.service.post("/imports").body(body.to_owned());
        let post = post.header("content-type", "application/json");
        self.check(post, status, code, part).await;
    }

    async fn rows(&self, rows: Value, part: &str) {
        let body = json!({"object_type": "contact", "rows": rows}).to_string();
        self.json(&body, 422, "argument", part).await;
    }

    async fn csv(&self, body: &[u8], status: u16, code: &str, part: &str) {
        let post = self
            .service
            .post("/imports?object_type=contact")
            .body(body.to_vec());
        let post = post.header("content-type", "text/csv");
        self.check(post, status, code, part).await;
    }

    async fn end(self) {
        assert_eq!(self.sandbox.requests(), 0);
        self.service.shutdown().await;
        assert_eq!(self.database.statuses(), [] as [String; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_json_is_refused() {
    let refusing = Refusing::new().await;
    refusing.json("{", 400, "invalid_json", "EOF").await;
    refusing
        .json(
            r#"{"object_type": "contact"}"#,
            422,
            "invalid_json",
            "missing field `rows`",
        )
        .await;
    let unknown = r#"{"object_type": "x", "rows": [{"default": {}}]}"#;
    refusing
        .json(unknown, 422, "unknown_object_type", "contact")
        .await;
    refusing.rows(json!([]), "no rows").await;
    refusing
        .rows(
            json!([{"default": {}}, 7]),
            "row 1 cannot be sent: it is not an object",
        )
        .await;
    refusing
        .rows(
            json!([{"email": "ada@example.com"}]),
            "neither `default` nor `list`",
        )
        .await;
    refusing
        .json(&" ".repeat(MAX_BODY + 1), 413, "too_large", "16 MiB")
        .await;
    refusing.end().await;
}

#[tokio::test(start_paused = true)]
async fn invalid_csv_is_refused() {
    let refusing = Refusing::new().await;
    refusing
        .csv(
            b"email,name\nada@example.com\n",
            400,
            "invalid_csv",
            "line: 2",
        )
        .await;
    refusing
        .csv(b"email\n\xff\n", 400, "invalid_csv", "UTF-8")
        .await;
    refusing
        .csv(b"email,email\na,b\n", 400, "invalid_csv", "column 2")
        .await;
    refusing
        .csv(b"email,\na,b\n", 400, "invalid_csv", "column 2")
        .await;
    refusing.csv(b"email\n", 422, "argument", "no rows").await;
    refusing
        .csv(&vec![b'x'; MAX_BODY + 1], 413, "too_large", "16 MiB")
        .await;
    let untyped = refusing.service.post("/imports").body("email\na");
    let untyped = untyped.header("content-type", "text/csv");
    refusing
        .check(untyped, 422, "unknown_object_type", "contact")
        .await;
    refusing.end().await;
}

#[tokio::test(start_paused = true)]
async fn invalid_forms_are_refused() {
    let refusing = Refusing::new().await;
    let post = || refusing.service.post("/imports");
    let form = post().multipart(Form::new().text("object_type", "contact"));
    refusing.check(form, 400, "invalid_form", "`file`").await;
    let form = post().multipart(Form::new().text("file", "x".repeat(MAX_BODY)));
    refusing.check(form, 413, "too_large", "16 MiB").await;
    let form = post().header("content-type", "multipart/form-data");
    refusing.check(form, 400, "invalid_form", "boundary").await;
    refusing
        .check(post().body("?"), 415, "unsupported_media_type", "text/csv")
        .await;
    let other = refusing
        .service
        .submit(1)
        .header("sec-fetch-site", "cross-site");
    refusing
        .check(other, 403, "other_site", "other sites")
        .await;
    for key in ["", "a/b"] {
        let invalid = refusing.service.submit(1).header("idempotency-key", key);
        refusing.check(invalid, 400, "invalid_key", "letters").await;
    }
    refusing.end().await;
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_are_refused() {
    let refusing = Refusing::new().await;
    let get = |path| refusing.service.get(path);
    refusing
        .check(get("/imports/7"), 404, "not_found", "no such import")
        .await;
    refusing
        .check(get("/imports/7/events"), 404, "not_found", "no such import")
        .await;
    refusing
        .check(get("/imports/7/rows"), 404, "not_found", "no such import")
        .await;
    refusing
        .check(get("/imports/%20"), 404, "not_found", "no such import")
        .await;
    refusing
        .check(
            get("/imports/7/rows?limit=x"),
            400,
            "invalid_query",
            "limit",
        )
        .await;
    refusing
        .check(get("/nowhere"), 404, "not_found", "no such page")
        .await;
    refusing
        .check(get("/imports"), 405, "method_not_allowed", "no such method")
        .await;
    refusing.end().await;
}
