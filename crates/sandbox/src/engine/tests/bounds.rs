//! Limits and eviction.

use std::num::NonZeroUsize;

use http::StatusCode;
use serde_json::json;

use super::{Bench, contact, contacts};
use crate::Fault;

#[test]
fn finished_jobs_are_evicted_and_their_polls_report_it() {
    let mut bench = Bench::with(|config| config.max_jobs = NonZeroUsize::new(2).unwrap());
    let slow = bench.start(50);
    let quick = bench.start(3);
    let next = bench.at_millis(100).start(3);
    let reply = bench.poll(&quick);
    reply.check(404, "job_evicted");
    assert!(
        reply.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("2 jobs")
    );
    assert_eq!(bench.poll(&slow).status, StatusCode::OK);
    assert_eq!(bench.poll(&next).status, StatusCode::OK);
}

#[test]
fn the_job_that_finished_first_is_evicted_first() {
    let mut bench = Bench::with(|config| config.max_jobs = NonZeroUsize::new(2).unwrap());
    let long = bench.start(50);
    let short = bench.at_millis(100).start(3);
    let next = bench.at_millis(501).start(3);
    bench.poll(&short).check(404, "job_evicted");
    assert_eq!(bench.poll(&long).body["status"], "complete");
    bench.at_millis(1_000).start(3);
    bench.poll(&long).check(404, "job_evicted");
    assert_eq!(bench.poll(&next).status, StatusCode::OK);
}

#[test]
fn stalled_jobs_are_not_evicted() {
    let mut bench = Bench::with(|config| {
        config.max_jobs = NonZeroUsize::new(2).unwrap();
        config.faults = vec![Fault::stall_at(50).job(1)];
    });
    let stalled = bench.start(10);
    for second in 1..4 {
        bench.at_millis(second * 1_000).start(3);
        assert_eq!(bench.poll(&stalled).body["processed"], 5);
    }
}

#[test]
fn submits_are_rejected_if_no_job_can_be_evicted() {
    let mut bench = Bench::with(|config| config.max_jobs = NonZeroUsize::MIN);
    let first = bench.start(3);
    let reply = bench.submit(&contacts(3));
    reply.check(507, "sandbox_full");
    assert!(
        reply.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("1 jobs")
    );
    assert_eq!(bench.engine.stats().created, 3);
    assert_eq!(bench.submit(&contacts(2)).status, StatusCode::OK);
    assert_eq!(bench.poll(&first).status, StatusCode::OK);
    bench.at_millis(100).start(3);
}

#[test]
fn the_row_limit_counts_all_jobs() {
    let mut bench = Bench::with(|config| config.max_rows_held = 10);
    let first = bench.start(4);
    let second = bench.at_millis(1_000).start(6);
    assert_eq!(bench.poll(&first).status, StatusCode::OK);
    // This import exceeds the limit by itself, so no job is evicted for it.
    bench
        .at_millis(2_000)
        .submit(&contacts(11))
        .check(507, "sandbox_full");
    assert_eq!(bench.poll(&second).status, StatusCode::OK);
    bench.start(5);
    bench.poll(&first).check(404, "job_evicted");
    bench.poll(&second).check(404, "job_evicted");
}

#[test]
fn the_oldest_records_are_dropped_first() {
    let mut bench = Bench::with(|config| {
        config.max_records = NonZeroUsize::new(2).unwrap();
        config.sync_below = 100;
    });
    let mut created = |emails: &[&str]| {
        let rows: Vec<_> = emails.iter().map(|email| contact(email)).collect();
        let body = json!({"objects": rows, "options": {"dedupe_by": "email"}});
        let reply = bench.submit(&body).body;
        let results = reply["results"].as_array().unwrap();
        results
            .iter()
            .map(|row| row["created"] == true)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        created(&["a@x.org", "b@x.org", "c@x.org"]),
        [true, true, true]
    );
    assert_eq!(created(&["c@x.org", "b@x.org"]), [false, false]);
    assert_eq!(
        created(&["a@x.org", "b@x.org", "c@x.org"]),
        [true, true, true]
    );
}

#[test]
fn a_limit_of_one_record_still_allows_matching() {
    let mut bench = Bench::with(|config| {
        config.max_records = NonZeroUsize::MIN;
        config.sync_below = 100;
    });
    let mut created = |emails: [&str; 2]| {
        let body = json!({"objects": emails.map(contact), "options": {"dedupe_by": "email"}});
        let reply = bench.submit(&body).body;
        [0, 1].map(|row| reply["results"][row]["created"] == true)
    };
    assert_eq!(created(["a@x.org", "a@x.org"]), [true, false]);
    assert_eq!(created(["b@x.org", "a@x.org"]), [true, true]);
}
