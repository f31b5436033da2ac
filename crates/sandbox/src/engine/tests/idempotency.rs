//! Idempotency keys.

use std::num::NonZeroUsize;

use http::StatusCode;
use serde_json::json;

use super::{Bench, TEAM, contacts, get, post};

const DAY: u64 = 24 * 60 * 60 * 1_000;

#[test]
fn repeated_requests_get_the_stored_answer() {
    let mut bench = Bench::new();
    for rows in [2, 4] {
        let key = format!("key-{rows}");
        let first = bench.submit_keyed(&key, &contacts(rows));
        assert!(!first.headers.contains_key("idempotent-replay"));
        let before = bench.engine.stats();
        let again = bench.at_millis(20).submit_keyed(&key, &contacts(rows));
        assert_eq!(again.header("idempotent-replay"), "true");
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("location"), first.header("location"));
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
        let after = bench.engine.stats();
        assert_eq!((after.jobs, after.rows), (before.jobs, before.rows));
    }
}

#[test]
fn a_different_body_with_the_same_key_gets_409() {
    let mut bench = Bench::new();
    bench.submit_keyed("k", &contacts(2));
    bench
        .submit_keyed("k", &contacts(3))
        .check(409, "idempotency_key_mismatch");
    assert_eq!(
        bench.submit_keyed("K", &contacts(3)).status,
        StatusCode::ACCEPTED
    );
}

#[test]
fn answers_are_stored_for_a_day() {
    let mut bench = Bench::new();
    let first = bench.submit_keyed("k", &contacts(3));
    let last = bench.at_millis(DAY - 1).submit_keyed("k", &contacts(3));
    assert_eq!(last.body["job_id"], first.body["job_id"]);
    let fresh = bench.at_millis(DAY).submit_keyed("k", &contacts(3));
    assert!(!fresh.headers.contains_key("idempotent-replay"));
    assert_ne!(fresh.body["job_id"], first.body["job_id"]);
    let again = bench.at_millis(DAY + 1).submit_keyed("k", &contacts(3));
    assert_eq!(again.body["job_id"], fresh.body["job_id"]);
}

#[test]
fn rejected_requests_do_not_use_up_the_key() {
    let mut bench = Bench::new();
    bench
        .submit_keyed("k", &json!({"objects": []}))
        .check(400, "invalid_request");
    assert_eq!(bench.submit_keyed("k", &contacts(1)).status, StatusCode::OK);
}

#[test]
fn keys_are_scoped_by_caller_and_endpoint() {
    let mut bench = Bench::new();
    let body = contacts(3).to_string();
    let mut ids = vec![
        bench.send(post("contact").header("idempotency-key", "k"), body.clone()),
        bench.send(post("deal").header("idempotency-key", "k"), body.clone()),
    ];
    let mut other = post("contact").header("idempotency-key", "k");
    let key = other.headers_mut().unwrap();
    key.insert("x-api-key", "key-2".parse().unwrap());
    ids.push(bench.send(other, body));
    assert!(ids.iter().all(|reply| reply.status == StatusCode::ACCEPTED));
    assert!(
        ids.iter()
            .all(|reply| !reply.headers.contains_key("idempotent-replay"))
    );
}

#[test]
fn a_key_has_1_to_255_characters() {
    let mut bench = Bench::new();
    for (key, status) in [
        (String::new(), 400),
        ("k".repeat(255), 200),
        ("k".repeat(256), 400),
    ] {
        assert_eq!(
            bench.submit_keyed(&key, &contacts(1)).status.as_u16(),
            status,
            "{}",
            key.len()
        );
    }
    let twice = post("contact")
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    let reply = bench.send(twice, contacts(1).to_string());
    reply.check(400, "invalid_request");
    assert_eq!(
        reply.body["error"]["errors"][0]["field"],
        ".headers.idempotency-key"
    );
}

#[test]
fn keys_can_be_ignored() {
    let mut bench = Bench::with(|config| config.honours_keys = false);
    let first = bench.submit_keyed("k", &contacts(3));
    let second = bench.submit_keyed("k", &contacts(3));
    assert_ne!(first.body["job_id"], second.body["job_id"]);
}

#[test]
fn replays_work_after_the_job_was_evicted() {
    let mut bench = Bench::with(|config| config.max_jobs = NonZeroUsize::MIN);
    let first = bench.submit_keyed("k", &contacts(3));
    bench.at_millis(100).start(3);
    let again = bench.submit_keyed("k", &contacts(3));
    assert_eq!(again.body, first.body);
    let id = first.body["job_id"].as_str().unwrap();
    bench.send(get(id), "").check(404, "job_evicted");
    assert!(again.header("location").contains(TEAM));
}

#[test]
fn imports_are_recorded_by_key() {
    let mut bench = Bench::with(|config| config.honours_keys = false);
    assert!(bench.engine.imports_under("k").is_empty());
    let job = bench.submit_keyed("k", &contacts(3));
    bench.submit_keyed("other", &contacts(2));
    bench.submit_keyed("k", &contacts(2));
    let imports = bench.engine.imports_under("k");
    let recorded: Vec<_> = imports
        .iter()
        .map(|import| (import.job_id.as_deref(), import.rows, import.created))
        .collect();
    assert_eq!(
        recorded,
        [(job.body["job_id"].as_str(), 3, 3), (None, 2, 2)],
        "keys are ignored, so both were executed"
    );

    let mut bench = Bench::new();
    bench.submit_keyed("k", &contacts(3));
    bench.submit_keyed("k", &contacts(3));
    assert_eq!(bench.engine.imports_under("k").len(), 1, "one is a replay");
}
