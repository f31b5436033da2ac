//! Shutting down on a signal.

use std::time::Duration;

use axum_example::GRACE;
use prism_imports_sandbox::{Fault, On, Sandbox};
use tokio::time::{Instant, sleep};

use crate::support::{Database, Service, json_of};

#[tokio::test(start_paused = true)]
async fn streams_end_and_watches_go_on_at_the_next_start() {
    let sandbox = Sandbox::builder().build().unwrap();
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let id = service.submitted(5_000).await;
    let mut events = service.events(&id).await;
    let seen = loop {
        let event = events.next().await.unwrap();
        match event["job"]["processed"].as_u64() {
            None | Some(0) => {}
            Some(processed) => break processed,
        }
    };

    let began = Instant::now();
    service.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(1));
    let rest = events.all().await; // the stream has an end, and no error
    assert!(rest.iter().all(|event| event["state"] == "running"));
    let stages = database.stages();
    assert!(stages[0].starts_with(r#"{"Watching":"#), "{stages:?}");
    let polls = sandbox.stats().polls;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(sandbox.stats().polls, polls, "no job is watched");

    let service = Service::start(&sandbox, &database.path).await;
    // The job as it was known is shown before the next poll.
    assert!(service.status(&id).await["job"]["processed"].as_u64() >= Some(seen));
    assert_eq!(service.end(&id).await["state"], "finished");
    assert_eq!(sandbox.stats().submits, 1);
}

#[tokio::test(start_paused = true)]
async fn a_submit_under_way_is_answered() {
    let slow = Fault::latency(Duration::from_secs(5)).on(On::Submit);
    let sandbox = Sandbox::builder().fault(slow).build().unwrap();
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let answer = tokio::spawn(service.submit(200).send());
    sleep(Duration::from_secs(1)).await;

    service.shutdown().await;
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer.status(), 202);
    let id = json_of(answer).await["id"].as_str().unwrap().to_owned();

    let service = Service::start(&sandbox, &database.path).await;
    assert_eq!(service.end(&id).await["state"], "finished");
    assert_eq!(sandbox.stats().submits, 1);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_takes_a_bounded_time() {
    let slow = Fault::latency(GRACE + Duration::from_secs(5)).on(On::Submit);
    let sandbox = Sandbox::builder().fault(slow).build().unwrap();
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let answer = tokio::spawn(service.submit(200).send());
    sleep(Duration::from_secs(1)).await;

    let began = Instant::now();
    service.shutdown().await;
    assert!(began.elapsed() >= GRACE && began.elapsed() < GRACE + Duration::from_secs(1));
    answer.abort();
}
