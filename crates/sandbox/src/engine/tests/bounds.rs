//! What is held, and what goes first.

use std::num::NonZeroUsize;

use http::StatusCode;
use serde_json::json;

use super::{Bench, contact, contacts};
use crate::Fault;

#[test]
fn a_finished_job_goes_first_and_its_poll_says_so() {
    let mut bench = Bench::with(|config| config.max_jobs = NonZeroUsize::new(2).unwrap());
    let slow = bench.start(50);
    let quick = bench.start(3);
    let next = bench.at_millis(100).start(3);
    let said = bench.poll(&quick);
    said.check(404, "job_evicted");
    assert!(
        said.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("2 jobs")
    );
    assert_eq!(bench.poll(&slow).status, StatusCode::OK);
    assert_eq!(bench.poll(&next).status, StatusCode::OK);
}

#[test]
fn of_finished_jobs_the_first_to_finish_goes_first_however_old_the_others_are() {
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
fn a_job_that_stalls_for_good_keeps_its_place() {
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
fn with_no_job_finished_a_submit_is_refused_and_imports_nothing() {
    let mut bench = Bench::with(|config| config.max_jobs = NonZeroUsize::MIN);
    let first = bench.start(3);
    let said = bench.submit(&contacts(3));
    said.check(507, "sandbox_full");
    assert!(
        said.body["error"]["message"]
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
fn rows_are_bounded_over_all_jobs() {
    let mut bench = Bench::with(|config| config.max_rows_held = 10);
    let first = bench.start(4);
    let second = bench.at_millis(1_000).start(6);
    assert_eq!(bench.poll(&first).status, StatusCode::OK);
    // Room for this one is never to be had, and nothing goes for it.
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
fn the_oldest_records_are_forgotten_first() {
    let mut bench = Bench::with(|config| {
        config.max_records = NonZeroUsize::new(2).unwrap();
        config.sync_below = 100;
    });
    let mut created = |emails: &[&str]| {
        let rows: Vec<_> = emails.iter().map(|email| contact(email)).collect();
        let body = json!({"objects": rows, "options": {"dedupe_by": "email"}});
        let said = bench.submit(&body).body;
        let results = said["results"].as_array().unwrap();
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
fn one_record_is_enough_to_match() {
    let mut bench = Bench::with(|config| {
        config.max_records = NonZeroUsize::MIN;
        config.sync_below = 100;
    });
    let mut created = |emails: [&str; 2]| {
        let body = json!({"objects": emails.map(contact), "options": {"dedupe_by": "email"}});
        let said = bench.submit(&body).body;
        [0, 1].map(|row| said["results"][row]["created"] == true)
    };
    assert_eq!(created(["a@x.org", "a@x.org"]), [true, false]);
    assert_eq!(created(["b@x.org", "a@x.org"]), [true, true]);
}
