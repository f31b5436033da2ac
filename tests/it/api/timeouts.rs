//! Timeouts of the client, of a call, of a watch and of layers: each bounds what it is set on, and lengthens nothing.

use std::time::Duration;

use http::StatusCode;
use prism_imports::{
    ErrorKind, Finished, ObjectType, Update,
    transport::{Deadline, HttpLayer, RetryPolicy},
};
use prism_imports_sandbox::{Builder, Fault, On, Sandbox};
use prism_imports_tests::{rows::contacts, server::KEY};
use tokio::time::Instant;
use tower::timeout::TimeoutLayer as ElapsedLayer;
use tower_http::timeout::TimeoutLayer;

use super::{Place, builder, in_process, start};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Virtual time has a resolution of a millisecond.
const MOMENT: Duration = Duration::from_millis(5);

/// A sandbox that answers only this late, as often as given.
fn late(delay: Duration, on: On, times: u32) -> Builder {
    Sandbox::builder()
        .api_key(KEY)
        .sync_below(0)
        .rows_per_second(10.0)
        .fault(Fault::latency(delay).on(on).times(times))
}

/// Watches a job whose first two polls are late, through a layer with a shorter timeout.
async fn faults_of_a_watch(place: Place, layer: impl HttpLayer) -> Vec<ErrorKind> {
    let sandbox = late(10 * SECOND, On::Poll, 2).build().unwrap();
    let client = place.add(builder(), layer).http_service(sandbox);
    let imports = client.build().unwrap().imports();
    let mut watch = imports.watch(start(&imports, 50).await);
    let (mut faults, mut end) = (Vec::new(), None);
    while let Some(update) = watch.next().await {
        let update = update.unwrap();
        if let Update::Fault(fault) = &update {
            faults.push(fault.kind());
        }
        end = update.finished().cloned();
    }
    assert!(matches!(end, Some(Finished::Complete(_))), "{end:?}");
    faults
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_layer_does_not_end_a_watch() {
    let answering = || TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, SECOND);
    let failing = || ElapsedLayer::new(SECOND);
    // Around calls the watch polls again.
    let twice = [ErrorKind::Timeout; 2];
    assert_eq!(faults_of_a_watch(Place::Calls, answering()).await, twice);
    assert_eq!(faults_of_a_watch(Place::Calls, failing()).await, twice);
    // Around attempts the call is retried.
    assert_eq!(faults_of_a_watch(Place::Attempts, answering()).await, []);
    assert_eq!(faults_of_a_watch(Place::Attempts, failing()).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_long_timeout_of_a_call_or_a_watch_does_not_lengthen_the_clients() {
    let sandbox = late(DAY, On::Any, u32::MAX).build().unwrap();
    let client = builder()
        .timeout(10 * SECOND)
        .retry(RetryPolicy::none())
        .http_service(sandbox);
    let imports = client.build().unwrap().imports();

    let began = Instant::now();
    let deadline = Deadline::after(HOUR);
    for get in [
        imports.get("j-1").timeout(HOUR),
        imports.get("j-1").extension(deadline),
    ] {
        assert_eq!(get.await.unwrap_err().kind(), ErrorKind::Timeout);
    }
    let submit = imports.submit(ObjectType::Contact).rows(contacts(1));
    let error = submit.timeout(HOUR).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let mut watch = imports.watch("j-1").timeout(HOUR);
    let first = watch.next().await.unwrap().unwrap();
    assert!(matches!(first, Update::Fault(fault) if fault.is_timeout()));
    let elapsed = began.elapsed();
    assert!(elapsed <= 40 * SECOND + 4 * MOMENT, "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_short_timeout_of_a_call_or_a_watch_shortens_the_clients() {
    let (_, client) = in_process(late(DAY, On::Any, u32::MAX));
    let imports = client.imports();

    let began = Instant::now();
    let get = imports.get("j-1").timeout(2 * SECOND);
    assert!(get.await.unwrap_err().is_timeout());
    // The earlier of the two holds.
    let get = imports.get("j-1").timeout(HOUR);
    let get = get.extension(Deadline::after(2 * SECOND));
    assert!(get.await.unwrap_err().is_timeout());
    let submit = imports.submit(ObjectType::Contact).rows(contacts(1));
    assert!(submit.timeout(2 * SECOND).await.unwrap_err().is_timeout());
    let wait = imports.wait("j-1").timeout(2 * SECOND);
    let error = wait.await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.kind(), ErrorKind::Stopped);
    let mut fleet = imports.fleet().timeout(2 * SECOND);
    let handle = error.handle().unwrap();
    fleet.add(handle.clone());
    let (_, ended) = fleet.next().await.unwrap();
    assert!(ended.unwrap_err().is_timeout());
    let elapsed = began.elapsed();
    assert!(elapsed <= 10 * SECOND + 5 * MOMENT, "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_rows_is_one_instant_for_all_of_their_responses() {
    // Each response has more rows than the one before, and takes longer.
    let cuts = (0..).zip([4_000, 8_000, 12_000, 16_000, 20_000]);
    let cuts = cuts.map(|(skip, bytes)| Fault::cut(bytes).on(On::Poll).skip(skip).times(1));
    let slow = Fault::drip(1_000.try_into().unwrap()).on(On::Poll);
    let settings = Sandbox::builder()
        .sync_below(0)
        .rows_per_second(1e6)
        .fault(slow);
    let (sandbox, client) = in_process(cuts.fold(settings, Builder::fault));
    let imports = client.imports();
    let handle = start(&imports, 500).await;
    tokio::time::sleep(SECOND).await;

    let began = Instant::now();
    let mut rows = imports.rows(handle.clone()).timeout(20 * SECOND);
    let error = loop {
        match rows.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(rows.next().await.is_none());
    let (elapsed, polls) = (began.elapsed(), sandbox.requests() - 1);
    assert!((3..5).contains(&polls), "{polls}");
    assert!(elapsed <= 20 * SECOND + MOMENT, "{elapsed:?}");

    // With more time the same server sends all of them.
    let mut rows = imports.rows(handle).timeout(HOUR);
    while rows.next().await.transpose().unwrap().is_some() {}
    assert_eq!(rows.yielded(), 500);
}
