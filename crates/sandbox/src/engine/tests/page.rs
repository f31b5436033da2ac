//! The HTML page.

use http::{Request, StatusCode};

use super::{Bench, contacts};

#[test]
fn the_page_shows_jobs_and_requests_but_not_itself() {
    let mut bench = Bench::with(|config| config.job_prefix = "<b>&\"".into());
    bench.start(4);
    let reply = bench.at_millis(20).send(Request::get("/sandbox/"), "");
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert!(
        reply
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let html = reply.body.as_str().unwrap();
    for part in [
        "<progress max=4 value=2></progress> 50&nbsp;%",
        "<td class=processing>processing",
        "<code>&lt;b&gt;&amp;&quot;",
        "1 requests",
        "202 Accepted",
        "/contact/import",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("<b>") && !html.contains("<script"));
    assert_eq!(bench.engine.stats().requests, 1);
}

#[test]
fn the_page_allows_only_get_and_head() {
    let mut bench = Bench::new();
    assert_eq!(bench.send(Request::head("/sandbox/"), "").status, 200);
    for method in ["POST", "DELETE", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/sandbox/");
        let reply = bench.send(request, "");
        reply.check(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), "GET, HEAD");
        assert_eq!(
            reply.header("x-request-id"),
            reply.body["error"]["request_id"]
        );
    }
}

#[test]
fn the_page_shows_neither_keys_nor_rows() {
    let mut bench = Bench::new();
    bench.submit_keyed("idempotency-1", &contacts(4));
    let html = bench.send(Request::get("/sandbox/"), "").body.to_string();
    for secret in ["key-1", "idempotency-1", "example.org"] {
        assert!(!html.contains(secret), "{secret}");
    }
}
