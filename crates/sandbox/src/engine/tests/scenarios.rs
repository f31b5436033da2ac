//! The ready scenarios do what they say.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Bench, Said, contacts};
use crate::{Scenario, Settings};

/// Sets the bench up as a scenario asks, at 100 rows a second.
fn play(name: &str) -> Bench {
    let Scenario {
        settings, faults, ..
    } = Scenario::ready(name).unwrap();
    let Settings { seed, .. } = settings;
    Bench::with(|config| {
        config.seed = seed.unwrap();
        config.faults = faults;
    })
}

/// Polls a job every 100 ms, so often, and returns what each poll was told.
fn watch(bench: &mut Bench, id: &str, times: u64) -> Vec<Said> {
    let mut poll = |millis| bench.at_millis(millis).poll(id);
    (1..=times).map(|time| poll(time * 100)).collect()
}

/// Returns the values of a field in the snapshots among the answers.
fn told<'a>(said: &'a [Said], field: &str) -> Vec<&'a Value> {
    let snapshots = said
        .iter()
        .filter(|said| said.status.is_success() && !said.delivery.close);
    snapshots.map(|said| &said.body[field]).collect()
}

#[test]
fn a_storm_has_every_kind_of_hint_and_blows_over() {
    let mut bench = play("storm");
    let id = bench.start(200);
    let said = watch(&mut bench, &id, 60);
    let statuses: BTreeSet<_> = said.iter().map(|said| said.status.as_u16()).collect();
    assert!(
        statuses.is_superset(&[200, 429, 500, 502, 503].into()),
        "{statuses:?}"
    );
    let hints: BTreeSet<_> = said.iter().map(|said| said.header("retry-after")).collect();
    for hint in ["1", "0.5", "Thu, 01 Jan 2026 00:00:02 GMT"] {
        assert!(hints.contains(hint), "{hint} in {hints:?}");
    }
    assert!(
        said.iter()
            .any(|said| said.header("retry-after-ms") == "350.5")
    );
    assert!(said.iter().any(|said| !said.delivery.delay.is_zero()));
    assert_eq!(told(&said, "status").last().unwrap(), &"complete");
}

#[test]
fn a_lagging_replica_goes_back_in_time() {
    let mut bench = play("lagging-replica");
    let id = bench.start(500);
    let said = watch(&mut bench, &id, 100);
    let processed: Vec<_> = told(&said, "processed")
        .iter()
        .map(|n| n.as_i64().unwrap())
        .collect();
    assert!(
        processed.windows(2).any(|pair| pair[1] < pair[0]),
        "{processed:?}"
    );
    let late = said
        .iter()
        .any(|said| said.body["status"] == "complete" && said.body["results"].is_null());
    assert!(late && said.iter().any(|said| said.body["results"].is_array()));
}

#[test]
fn failing_jobs_fail_stall_and_stop() {
    let mut bench = play("failing-jobs");
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
fn a_drifting_server_says_what_it_should_not() {
    let mut bench = play("drift");
    let submits: Vec<_> = (0..10).map(|_| bench.submit(&contacts(2))).collect();
    assert!(submits.iter().any(|said| said.body["summary"].is_object()));
    assert!(submits.iter().any(|said| said.body["processed"] == 2));
    let said = bench.submit(&contacts(100));
    let id = said.body["job_id"].as_str().unwrap().to_owned();
    let said = watch(&mut bench, &id, 60);
    assert_eq!(
        (&said[0].body["status"], &said[0].body["shard"]),
        (&json!("queued"), &json!("eu-1"))
    );
    let contradicts = |said: &Said| {
        let count = |name: &str| said.body[name].as_i64().unwrap();
        count("processed") != count("succeeded") + count("failed")
    };
    assert!(said.iter().any(contradicts) && !said.iter().all(contradicts));
    let done = |said: &&Said| said.body["status"] == "complete";
    assert!(
        said.iter()
            .filter(done)
            .any(|said| said.body["results"].is_null())
    );
    assert!(
        said.iter()
            .filter(done)
            .any(|said| said.body["results"].is_array())
    );
}

#[test]
fn lost_answers_were_carried_out() {
    let mut bench = play("lost-answers");
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
