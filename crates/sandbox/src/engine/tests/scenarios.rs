//! The predefined scenarios.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Bench, Reply, contacts};
use crate::{Scenario, Settings};

/// Returns a bench with the seed and the faults of a scenario, at 100 rows a second.
fn bench_of(name: &str) -> Bench {
    let Scenario {
        settings, faults, ..
    } = Scenario::ready(name).unwrap();
    let Settings { seed, .. } = settings;
    Bench::with(|config| {
        config.seed = seed.unwrap();
        config.faults = faults;
    })
}

/// Polls a job every 100 ms and returns the answers.
fn watch(bench: &mut Bench, id: &str, times: u64) -> Vec<Reply> {
    let mut poll = |millis| bench.at_millis(millis).poll(id);
    (1..=times).map(|time| poll(time * 100)).collect()
}

/// Returns the values of a field in the successful answers.
fn values<'a>(replies: &'a [Reply], field: &str) -> Vec<&'a Value> {
    let snapshots = replies
        .iter()
        .filter(|reply| reply.status.is_success() && !reply.delivery.close);
    snapshots.map(|reply| &reply.body[field]).collect()
}

#[test]
fn storm_has_every_form_of_hint_and_ends() {
    let mut bench = bench_of("storm");
    let id = bench.start(200);
    let replies = watch(&mut bench, &id, 60);
    let statuses: BTreeSet<_> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    assert!(
        statuses.is_superset(&[200, 429, 500, 502, 503].into()),
        "{statuses:?}"
    );
    let hints: BTreeSet<_> = replies
        .iter()
        .map(|reply| reply.header("retry-after"))
        .collect();
    for hint in ["1", "0.5", "Thu, 01 Jan 2026 00:00:02 GMT"] {
        assert!(hints.contains(hint), "{hint} in {hints:?}");
    }
    assert!(
        replies
            .iter()
            .any(|reply| reply.header("retry-after-ms") == "350.5")
    );
    assert!(replies.iter().any(|reply| !reply.delivery.delay.is_zero()));
    assert_eq!(values(&replies, "status").last().unwrap(), &"complete");
}

#[test]
fn lagging_replica_returns_old_states() {
    let mut bench = bench_of("lagging-replica");
    let id = bench.start(500);
    let replies = watch(&mut bench, &id, 100);
    let processed: Vec<_> = values(&replies, "processed")
        .iter()
        .map(|n| n.as_i64().unwrap())
        .collect();
    assert!(
        processed.windows(2).any(|pair| pair[1] < pair[0]),
        "{processed:?}"
    );
    let late = replies
        .iter()
        .any(|reply| reply.body["status"] == "complete" && reply.body["results"].is_null());
    assert!(late && replies.iter().any(|reply| reply.body["results"].is_array()));
}

#[test]
fn failing_jobs_fails_and_stalls_jobs() {
    let mut bench = bench_of("failing-jobs");
    let ids = [bench.start(100), bench.start(100), bench.start(100)];
    let mut at = |millis| {
        bench.at_millis(millis);
        ids.each_ref().map(|id| {
            let body = bench.poll(id).body;
            (
                body["status"].as_str().unwrap().to_owned(),
                body["processed"].as_i64().unwrap(),
            )
        })
    };
    let processing = |rows| ("processing".to_owned(), rows);
    assert_eq!(
        at(1_000),
        [("failed".to_owned(), 40), processing(70), processing(70)]
    );
    assert_eq!(
        at(3_600_000),
        [
            ("failed".to_owned(), 40),
            ("complete".to_owned(), 100),
            processing(70)
        ]
    );
}

#[test]
fn drift_violates_the_contract() {
    let mut bench = bench_of("drift");
    let submits: Vec<_> = (0..10).map(|_| bench.submit(&contacts(2))).collect();
    assert!(
        submits
            .iter()
            .any(|reply| reply.body["summary"].is_object())
    );
    assert!(submits.iter().any(|reply| reply.body["processed"] == 2));
    let reply = bench.submit(&contacts(100));
    let id = reply.body["job_id"].as_str().unwrap().to_owned();
    let replies = watch(&mut bench, &id, 60);
    assert_eq!(
        (&replies[0].body["status"], &replies[0].body["shard"]),
        (&json!("queued"), &json!("eu-1"))
    );
    let contradicts = |reply: &Reply| {
        let count = |name: &str| reply.body[name].as_i64().unwrap();
        count("processed") != count("succeeded") + count("failed")
    };
    assert!(replies.iter().any(contradicts) && !replies.iter().all(contradicts));
    let done = |reply: &&Reply| reply.body["status"] == "complete";
    assert!(
        replies
            .iter()
            .filter(done)
            .any(|reply| reply.body["results"].is_null())
    );
    assert!(
        replies
            .iter()
            .filter(done)
            .any(|reply| reply.body["results"].is_array())
    );
}

#[test]
fn lost_answers_executes_the_submits() {
    let mut bench = bench_of("lost-answers");
    for (key, lost) in [("a", true), ("b", true), ("c", true), ("d", false)] {
        let first = bench.submit_keyed(key, &contacts(3));
        let is_lost = first.delivery.close || first.delivery.cut.is_some() || first.status == 500;
        assert_eq!(is_lost, lost, "{key}: {first:?}");
        let again = bench.submit_keyed(key, &contacts(3));
        assert_eq!(
            again.header("idempotent-replay"),
            "true",
            "{key}: {again:?}"
        );
    }
    assert_eq!(bench.engine.stats().jobs, 4);
}
