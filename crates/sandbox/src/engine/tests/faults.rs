//! Faults.

use std::{num::NonZeroU32, time::Duration};

use http::StatusCode;
use serde_json::{Value, json};

use super::{Bench, Reply, contact, contacts};
use crate::{Envelope, Fault, Moment, On, RetryHint};

fn statuses<const N: usize>(bench: &mut Bench, polls: [&str; N]) -> [u16; N] {
    polls.map(|id| bench.poll(id).status.as_u16())
}

#[test]
fn a_scripted_answer_has_its_status_headers_and_envelope() {
    let fault = Fault::answer(429)
        .header("retry-after", "1.5")
        .header("x-should-retry", "false")
        .header("x-request-id", "mine")
        .error("slow_down", "not so fast")
        .detail("write_committed", false);
    let reply = Bench::with_faults([fault.clone()]).poll("x");
    reply.check(429, "slow_down");
    assert_eq!(reply.header("retry-after"), "1.5");
    assert_eq!(reply.header("x-should-retry"), "false");
    assert_eq!(reply.header("x-request-id"), "mine");
    assert_eq!(reply.body["error"]["message"], "not so fast");
    assert_eq!(reply.body["error"]["details"]["write_committed"], false);
    let reply = Bench::with_faults([fault.envelope(Envelope::Flat)]).poll("x");
    assert_eq!(reply.body, json!({"message": "not so fast"}));
    let reply = Bench::with_faults([Fault::answer(503)]).poll("x");
    reply.check(503, "service_unavailable");
}

#[test]
fn a_scripted_hint_counts_from_the_answer() {
    let wait = Duration::from_millis(1_200);
    for (form, name, value) in [
        (RetryHint::Seconds, "retry-after", "2"),
        (RetryHint::Millis, "retry-after-ms", "1200"),
        (
            RetryHint::Date,
            "retry-after",
            "Thu, 01 Jan 2026 00:00:07 GMT",
        ),
        (RetryHint::Absent, "retry-after", ""),
    ] {
        let mut bench = Bench::with_faults([Fault::answer(503).retry_after(form, wait)]);
        let reply = bench.at_millis(5_000).poll("x");
        assert_eq!(
            (reply.header(name), reply.header("date")),
            (value, "Thu, 01 Jan 2026 00:00:05 GMT")
        );
    }
}

#[test]
fn skip_times_and_on_select_requests() {
    let mut bench = Bench::with_faults([Fault::answer(503).on(On::Poll).skip(1).times(2)]);
    let id = bench.start(3);
    assert_eq!(
        statuses(&mut bench, [&id, "x", &id, &id]),
        [200, 503, 503, 200]
    );
    let mut bench = Bench::with_faults([Fault::answer(503).on(On::Submit).times(1)]);
    assert_eq!(
        bench.submit(&contacts(3)).status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let id = bench.start(3);
    assert_eq!(statuses(&mut bench, [&id, "x"]), [200, 404]);
    let mut bench = Bench::with_faults([Fault::answer(503).job(0)]);
    let id = bench.start(3);
    assert_eq!(statuses(&mut bench, [&id, "x"]), [200, 404]);
}

#[test]
fn faults_can_be_limited_to_a_job_or_an_interval() {
    let second = Duration::from_secs(1);
    let mut bench = Bench::with_faults([
        Fault::answer(500).job(2),
        Fault::answer(502).during(second, 2 * second),
    ]);
    let (first, two) = (bench.start(3), bench.start(3));
    assert_eq!(statuses(&mut bench, [&first, &two]), [200, 500]);
    bench.at_millis(1_000);
    assert_eq!(statuses(&mut bench, [&first]), [502]);
    bench.at_millis(1_999);
    assert_eq!(statuses(&mut bench, [&first]), [502]);
    bench.at_millis(2_000);
    assert_eq!(statuses(&mut bench, [&first]), [200]);
}

#[test]
fn a_probability_is_drawn_from_the_seed() {
    let failed = |seed| {
        let mut bench = Bench::with(|config| {
            config.seed = seed;
            config.faults = vec![Fault::answer(503).probability(0.3)];
        });
        (0..200)
            .map(|_| bench.poll("x").status == 503)
            .collect::<Vec<_>>()
    };
    let first = failed(1);
    assert_eq!(first, failed(1));
    assert_ne!(first, failed(2));
    let hits = first.iter().filter(|hit| **hit).count();
    assert!((40..80).contains(&hits), "{hits}");
}

#[test]
fn random_draws_are_independent_of_other_conditions() {
    let failed = |fault: Fault| {
        let mut bench = Bench::with_faults([fault.probability(0.4)]);
        (0..60)
            .map(|_| bench.poll("x").status == 503)
            .collect::<Vec<_>>()
    };
    let plain = failed(Fault::answer(503));
    assert!(plain[..20].contains(&true));
    assert_eq!(failed(Fault::answer(503).skip(20))[20..], plain[20..]);
}

#[test]
fn faults_apply_only_to_authorized_requests() {
    let mut bench = Bench::with_faults([Fault::answer(503)]);
    let path = format!("/v2/prism/{}/imports/x", super::TEAM);
    bench
        .send(http::Request::get(path), "")
        .check(401, "unauthorized");
    bench.poll("x").check(503, "service_unavailable");
}

#[test]
fn answers_can_be_delayed_truncated_and_dropped() {
    let rate = NonZeroU32::new(100).unwrap();
    let mut bench = Bench::with_faults([
        Fault::latency(Duration::from_millis(30)),
        Fault::latency(Duration::from_millis(12)),
        Fault::drip(rate),
        Fault::cut(5),
        Fault::close().skip(1),
    ]);
    let delivery = bench.poll("x").delivery;
    assert_eq!(delivery.delay, Duration::from_millis(42));
    assert_eq!(
        (delivery.drip, delivery.cut, delivery.close),
        (Some(rate), Some(5), false)
    );
    assert!(bench.poll("x").delivery.close);
}

#[test]
fn requests_with_lost_answers_may_be_executed_or_not() {
    for fault in [Fault::close(), Fault::answer(500)] {
        for (moment, jobs) in [(Moment::Before, 1), (Moment::After, 1), (Moment::After, 2)] {
            let mut bench =
                Bench::with_faults([fault.clone().on(On::Submit).times(1).moment(moment)]);
            // The last round sends no key, so it starts a second job.
            let keyed = jobs == 1;
            let mut send = || {
                if keyed {
                    bench.submit_keyed("k", &contacts(3))
                } else {
                    bench.submit(&contacts(3))
                }
            };
            let lost: Reply = send();
            assert!(lost.delivery.close || lost.status == 500);
            let again = send();
            assert_eq!(again.status, StatusCode::ACCEPTED);
            let replayed = again.headers.contains_key("idempotent-replay");
            assert_eq!(replayed, keyed && moment == Moment::After);
            assert_eq!(bench.engine.stats().jobs, jobs);
        }
    }
}

#[test]
fn stale_polls_return_an_old_state() {
    let mut bench = Bench::with_faults([Fault::stale(Duration::from_millis(25)).skip(1)]);
    let id = bench.at_millis(100).start(5);
    bench.at_millis(130);
    assert_eq!(bench.poll(&id).body["processed"], 3);
    let stale = bench.poll(&id).body;
    assert_eq!(
        (&stale["processed"], &stale["updated_at"]),
        (&json!(0), &stale["created_at"])
    );
    assert_eq!(bench.at_millis(160).poll(&id).body["processed"], 3);
    assert_eq!(bench.at_millis(175).poll(&id).body["status"], "complete");
}

#[test]
fn fields_of_snapshots_can_be_replaced() {
    let mut bench = Bench::with_faults([
        Fault::status("paused").on(On::Poll).times(1),
        Fault::contradict().on(On::Poll).skip(1).times(1),
        Fault::without_results().on(On::Poll).skip(2).times(1),
        Fault::set("shard", "eu-1").on(On::Poll).skip(2).times(1),
    ]);
    let id = bench.start(3);
    bench.at_millis(100);
    assert_eq!(bench.poll(&id).body["status"], "paused");
    let contradictory = bench.poll(&id).body;
    assert_eq!(
        (&contradictory["processed"], &contradictory["succeeded"]),
        (&json!(3), &json!(4))
    );
    let bare = bench.poll(&id).body;
    assert_eq!(
        (bare.get("results"), &bare["shard"]),
        (None, &json!("eu-1"))
    );
    let whole = bench.poll(&id).body;
    assert_eq!(whole["results"].as_array().unwrap().len(), 3);
}

#[test]
fn finished_jobs_can_be_returned_in_the_legacy_format() {
    let mut bench = Bench::with_faults([Fault::legacy()]);
    let mut body = contacts(2);
    body["objects"][1] = contact("invalid");
    let reply = bench.submit(&body).body;
    let summary = json!({"created": 1, "existing": 0, "errors": 1, "total": 2});
    assert_eq!(reply["summary"], summary);
    assert_eq!(
        reply["results"][1],
        json!({"error": "default.email is not an e-mail address"})
    );
    let fields: Vec<_> = reply.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["results", "status", "summary"]);
    let snapshot: prism_imports_core::wire::Snapshot = serde_json::from_value(reply).unwrap();
    assert_eq!(snapshot.total, 2);

    let id = bench.start(3);
    assert_eq!(bench.poll(&id).body["processed"], 0);
    let done = bench.at_millis(30).poll(&id).body;
    assert_eq!(
        (&done["job_id"], &done["summary"]["total"]),
        (&json!(id), &json!(3))
    );
}

#[test]
fn a_job_fails_at_its_percentage() {
    let mut bench = Bench::with_faults([Fault::fail_at(40, "import_failed", "stopped").job(1)]);
    let (id, other) = (bench.start(10), bench.start(10));
    assert_eq!(bench.at_millis(39).poll(&id).body["status"], "processing");
    for millis in [40, 9_000] {
        let body = bench.at_millis(millis).poll(&id).body;
        assert_eq!(
            (&body["status"], &body["processed"]),
            (&json!("failed"), &json!(4))
        );
        assert_eq!(
            body["error"],
            json!({"code": "import_failed", "message": "stopped"})
        );
        assert_eq!(
            (&body["results"], &body["updated_at"]),
            (&Value::Null, &json!("2026-01-01T00:00:00.040Z"))
        );
    }
    assert_eq!(bench.poll(&other).body["status"], "complete");
}

#[test]
fn percentages_are_of_all_rows_and_rounded_down() {
    for (percent, rows, processed) in [(0, 7, 0), (99, 1_000, 990), (50, 7, 3), (100, 7, 7)] {
        let mut bench = Bench::with_faults([Fault::fail_at(percent, "c", "m")]);
        let id = bench.start(rows);
        let body = bench.at_millis(60_000).poll(&id).body;
        assert_eq!(
            (&body["status"], &body["processed"]),
            (&json!("failed"), &json!(processed))
        );
    }
}

#[test]
fn jobs_stall_for_some_time_or_forever() {
    let pause = Duration::from_millis(500);
    let mut bench = Bench::with_faults([
        Fault::stall_for(50, pause).job(1),
        Fault::stall_at(50).job(2),
    ]);
    let (a_while, for_good) = (bench.start(10), bench.start(10));
    for (millis, first, second) in [
        (49, 4, 4),
        (50, 5, 5),
        (559, 5, 5),
        (560, 6, 5),
        (600, 10, 5),
        (90_000, 10, 5),
    ] {
        bench.at_millis(millis);
        assert_eq!(
            bench.poll(&a_while).body["processed"],
            first,
            "at {millis} ms"
        );
        assert_eq!(
            bench.poll(&for_good).body["processed"],
            second,
            "at {millis} ms"
        );
    }
    let stalled = bench.at_millis(300).poll(&a_while).body;
    assert_eq!(stalled["updated_at"], "2026-01-01T00:00:00.050Z");
    let done = bench.at_millis(600).poll(&a_while).body;
    assert_eq!(
        (&done["status"], &done["updated_at"]),
        (&json!("complete"), &json!("2026-01-01T00:00:00.600Z"))
    );
    assert_eq!(bench.poll(&for_good).body["status"], "processing");
}

#[test]
fn results_can_be_delayed() {
    let mut bench = Bench::with_faults([Fault::late_results(Duration::from_millis(70))]);
    let id = bench.start(3);
    let early = bench.at_millis(99).poll(&id).body;
    assert_eq!(
        (&early["status"], &early["results"]),
        (&json!("complete"), &Value::Null)
    );
    let late = bench.at_millis(100).poll(&id).body;
    assert_eq!(late["results"].as_array().unwrap().len(), 3);
    assert_eq!(late["updated_at"], "2026-01-01T00:00:00.100Z");
}
