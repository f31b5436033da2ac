//! Jobs over time.

use std::{num::NonZeroU32, time::Duration};

use http::{Request, StatusCode};
use serde_json::{Value, json};

use prism_imports_core::wire::ErrorBody;
use uuid::Uuid;

use super::{Bench, TEAM, contact, contacts, post};
use crate::engine::{
    Outcome, Stats,
    job::{Job, Pace, Plan},
};

const DAY: u64 = 24 * 60 * 60 * 1_000;

#[test]
fn small_imports_finish_in_the_response() {
    let mut bench = Bench::new();
    let reply = bench.submit(&contacts(2));
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body["job_id"], Value::Null);
    assert_eq!(reply.body["status"], "complete");
    assert_eq!(reply.body["processed"], 2);
    assert_eq!(reply.body["updated_at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(reply.body["results"].as_array().unwrap().len(), 2);
    assert!(!reply.headers.contains_key("location"));
}

#[test]
fn large_imports_progress_over_time() {
    let mut bench = Bench::new();
    let mut body = contacts(5);
    body["objects"][1] = contact("invalid");
    let reply = bench.submit(&body);
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    let id = reply.body["job_id"].as_str().unwrap().to_owned();
    for (millis, processed, failed, status, updated) in [
        (0, 0, 0, "processing", "00.000"),
        (19, 1, 0, "processing", "00.010"),
        (20, 2, 1, "processing", "00.020"),
        (49, 4, 1, "processing", "00.040"),
        (50, 5, 1, "complete", "00.050"),
        (9_000, 5, 1, "complete", "00.050"),
    ] {
        let reply = bench.at_millis(millis).poll(&id);
        assert_eq!(reply.status, StatusCode::OK);
        let body = reply.body;
        assert_eq!(body["job_id"], id);
        assert_eq!(body["total"], 5);
        assert_eq!(body["processed"], processed, "at {millis} ms");
        assert_eq!(body["failed"], failed, "at {millis} ms");
        assert_eq!(body["succeeded"], processed - failed, "at {millis} ms");
        assert_eq!(body["status"], status, "at {millis} ms");
        assert_eq!(
            body["results"].is_array(),
            status == "complete",
            "at {millis} ms"
        );
        assert_eq!(body["created_at"], "2026-01-01T00:00:00.000Z");
        assert_eq!(body["updated_at"], format!("2026-01-01T00:00:{updated}Z"));
        assert_eq!(body["expires_at"], "2026-01-08T00:00:00.000Z");
    }
}

#[test]
fn the_start_delay_comes_before_the_first_row() {
    let mut bench = Bench::with(|config| config.pace.start_delay = Duration::from_millis(100));
    let id = bench.start(3);
    assert_eq!(bench.at_millis(109).poll(&id).body["processed"], 0);
    assert_eq!(bench.at_millis(110).poll(&id).body["processed"], 1);
    assert_eq!(bench.at_millis(130).poll(&id).body["status"], "complete");
}

#[test]
fn the_location_is_the_poll_url() {
    let path = |id: &Value| format!("/v2/prism/{TEAM}/imports/{}", id.as_str().unwrap());
    let body = contacts(3).to_string();
    let mut bench = Bench::new();

    let reply = bench.send(
        post("contact").header("host", "localhost:4010"),
        body.clone(),
    );
    let expected = format!("http://localhost:4010{}", path(&reply.body["job_id"]));
    assert_eq!(reply.header("location"), expected);

    let absolute = post("contact").uri(format!(
        "https://example.test/v2/prism/{TEAM}/contact/import"
    ));
    let reply = bench.send(absolute, body.clone());
    let expected = format!("https://example.test{}", path(&reply.body["job_id"]));
    assert_eq!(reply.header("location"), expected);

    let reply = bench.send(post("contact").header("host", "a\"<b>/"), body.clone());
    assert_eq!(reply.header("location"), path(&reply.body["job_id"]));

    let reply = bench.send(post("contact"), body);
    assert_eq!(reply.header("location"), path(&reply.body["job_id"]));
}

#[test]
fn ids_are_percent_encoded_in_paths() {
    let mut bench = Bench::with(|config| config.job_prefix = "a/ü %".into());
    let reply = bench.submit(&contacts(3));
    let id = reply.body["job_id"].as_str().unwrap();
    assert!(id.starts_with("a/ü %"));
    let location = reply.header("location");
    assert!(location.contains("/imports/a%2F%C3%BC%20%25"), "{location}");
    let again = bench.send(Request::get(location).header("x-api-key", "k"), "");
    assert_eq!(again.body["job_id"], id);
}

#[test]
fn jobs_expire_after_seven_days() {
    let mut bench = Bench::new();
    let id = bench.at_millis(5).start(3);
    assert_eq!(
        bench.at_millis(7 * DAY + 4).poll(&id).status,
        StatusCode::OK
    );
    bench
        .at_millis(7 * DAY + 5)
        .poll(&id)
        .check(404, "not_found");
}

#[test]
fn answers_are_deterministic() {
    let history = |seed| {
        let mut bench = Bench::with(|config| config.seed = seed);
        let mut replies = vec![bench.submit(&contacts(2)), bench.submit(&contacts(4))];
        let id = replies[1].body["job_id"].as_str().unwrap().to_owned();
        replies.extend([
            bench.at_millis(15).poll(&id),
            bench.at_millis(80).poll(&id),
            bench.poll("x"),
        ]);
        replies
    };
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}

#[test]
fn polls_do_not_affect_ids() {
    let second_id = |polls| {
        let mut bench = Bench::new();
        let first = bench.start(3);
        for _ in 0..polls {
            bench.poll(&first);
        }
        bench.start(3)
    };
    assert_eq!(second_id(0), second_id(9));
}

#[test]
fn stats_count_requests_and_rows() {
    let mut bench = Bench::new();
    let id = bench.start(3);
    bench.submit(&json!({"objects": [contact("invalid")]}));
    bench.poll(&id);
    bench.send(Request::get("/"), "");
    let expected = Stats {
        requests: 4,
        submits: 2,
        polls: 1,
        jobs: 1,
        rows: 4,
        created: 3,
        rejected: 1,
    };
    assert_eq!(bench.engine.stats(), expected);
    assert_eq!(NonZeroU32::new(2), Some(expected.clone().start_job()));
}

#[test]
fn the_end_time_is_known_at_the_submit() {
    let second = Duration::from_secs(1);
    for rows in [1, 3, 10] {
        for fail in [None, Some(0), Some(50), Some(100)] {
            for stall in [
                None,
                Some((0, None)),
                Some((50, None)),
                Some((50, Some(second))),
            ] {
                for start_delay in [Duration::ZERO, second] {
                    let (created, per_row) = (second, Duration::from_millis(10));
                    let pace = Pace {
                        start_delay,
                        per_row,
                    };
                    let plan = Plan {
                        fail: fail.map(|percent| (percent, ErrorBody::new("code", "message"))),
                        stall,
                        ..Plan::default()
                    };
                    let rows = vec![Outcome::Created(Uuid::nil()); rows];
                    let kind = (Uuid::nil(), "contact".to_owned());
                    let job = Job::new(kind, rows, created, pace);
                    let job = job.with_plan(NonZeroU32::MIN, plan);
                    match job.finishes() {
                        Some(end) => {
                            let before = end.checked_sub(Duration::from_nanos(1)).unwrap();
                            assert!(job.is_finished(end), "{job:?}");
                            assert!(!job.is_finished(before), "{job:?}");
                        }
                        None => assert!(!job.is_finished(second * 1_000_000), "{job:?}"),
                    }
                }
            }
        }
    }
}
