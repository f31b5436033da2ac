//! Streams of events.

use prism_imports_sandbox::Sandbox;

use crate::support::{Database, Service};

/// Imports 2,000 rows while some browsers follow, and returns the number of polls.
async fn polls_with(browsers: usize) -> u64 {
    let sandbox = Sandbox::builder().seed(7).build().unwrap();
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let id = service.submitted(2_000).await;
    let mut streams = Vec::new();
    for _ in 0..browsers {
        streams.push(service.events(&id).await);
    }
    let mut ends = Vec::new();
    for stream in streams {
        let events = stream.all().await;
        assert!(events.len() > 2, "there was progress");
        let fractions: Vec<_> = events
            .iter()
            .map(|event| event["job"]["fraction"].as_f64())
            .collect();
        assert!(
            fractions.is_sorted(),
            "the bar never goes back: {fractions:?}"
        );
        ends.push(events.last().unwrap().clone());
    }
    assert!(
        ends.iter()
            .all(|end| end["state"] == "finished" && end == &ends[0])
    );
    sandbox.stats().polls
}

#[tokio::test(start_paused = true)]
async fn any_number_of_streams_has_one_watch() {
    let one = polls_with(1).await;
    assert!(one > 2);
    // The seed of the pauses is not that of the sandbox.
    let three = polls_with(3).await;
    assert!(
        three.abs_diff(one) <= 2,
        "{one} polls with one stream, {three} with three"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_after_the_end_has_one_event() {
    let sandbox = Sandbox::builder().build().unwrap();
    let database = Database::new();
    let service = Service::start(&sandbox, &database.path).await;
    let id = service.submitted(200).await;
    let end = service.end(&id).await;
    assert_eq!(service.events(&id).await.all().await, [end]);
}
