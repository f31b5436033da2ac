use std::time::Duration;

use http::Request;
use tokio::time::Instant;
use tower::{Layer, ServiceBuilder, ServiceExt};

use super::DeadlineLayer;
use crate::RequestBody;
use crate::call::{CallReport, Deadline};
use crate::error::{Kind, Phase, Scope};
use crate::retry::RetryLayer;
use crate::tests::{BUSY, Fault, NeverReady, OK, Script, Step, get};
use crate::{AttemptLayer, Error};

const LIMIT: Duration = Duration::from_secs(2);

fn slow(millis: u64, then: Step) -> Step {
    Step::Slow(Duration::from_millis(millis), Box::new(then))
}

/// The call must fail at its deadline, at most a millisecond late.
#[track_caller]
fn assert_on_time(error: &Error, start: Instant, limit: Duration) {
    assert_eq!(error.kind(), Kind::Timeout(Scope::Call));
    let took = start.elapsed();
    assert!(
        took >= limit && took <= limit + Duration::from_millis(1),
        "{took:?}"
    );
    assert_eq!(error.report().elapsed, took);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_service_is_cut_off_on_time() {
    for millis in [1, 7, 100, 1_999, 2_000, 86_400_000] {
        let limit = Duration::from_millis(millis);
        let start = Instant::now();
        let service = DeadlineLayer::new(limit).layer(Script::new([Step::Hang]));
        let error = service.oneshot(get()).await.fault();
        assert_on_time(&error, start, limit);
        assert_eq!(error.phase(), Phase::MaybeSent);
        assert_eq!((error.report().attempts, error.report().unanswered), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_on_the_tick_is_an_answer() {
    let service = DeadlineLayer::new(LIMIT).layer(Script::new([slow(2_000, OK)]));
    let response = service.oneshot(get()).await.unwrap();
    assert_eq!(response.status(), 200);
    let report = CallReport::of(&response).unwrap();
    assert_eq!((report.attempts, report.elapsed), (1, LIMIT));
}

#[tokio::test(start_paused = true)]
async fn it_does_not_restart_with_an_attempt() {
    let start = Instant::now();
    let script = Script::new([slow(900, BUSY), slow(5_000, OK)]);
    let service = ServiceBuilder::new()
        .layer(DeadlineLayer::new(LIMIT))
        .layer(RetryLayer::default())
        .layer(AttemptLayer::default())
        .service(script.clone());
    let error = service.oneshot(get()).await.fault();
    assert!(start.elapsed() <= LIMIT + Duration::from_millis(1));
    assert_eq!(
        (error.kind(), error.report().attempts),
        (Kind::Timeout(Scope::Call), 2)
    );
    assert_eq!(error.phase(), Phase::MaybeSent);
    assert_eq!(error.report().unanswered, 1);
    // Inner layers see one and the same instant.
    let seen = script.seen();
    assert!(seen[0].deadline.is_some());
    assert_eq!(seen[0].deadline, seen[1].deadline);
}

#[tokio::test(start_paused = true)]
async fn the_requests_own_times_count() {
    // A deadline is a bound: it never lengthens the call.
    for (deadline, ends) in [(700, 700), (9_000, 2_000)] {
        let mut request = get();
        let deadline = Deadline::after(Duration::from_millis(deadline));
        request.extensions_mut().insert(deadline);
        let start = Instant::now();
        let service = DeadlineLayer::new(LIMIT).layer(Script::new([Step::Hang]));
        let error = service.oneshot(request).await.fault();
        assert_on_time(&error, start, Duration::from_millis(ends));
    }
}

#[tokio::test(start_paused = true)]
async fn the_longest_timeout_is_no_timeout() {
    for limit in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
        let service = DeadlineLayer::new(limit).layer(Script::new([slow(3_600_000, OK)]));
        assert_eq!(service.oneshot(get()).await.unwrap().status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_readiness_counts_and_sends_nothing() {
    let start = Instant::now();
    let service = DeadlineLayer::new(LIMIT).layer(NeverReady);
    let error = service.oneshot(get()).await.fault();
    assert_on_time(&error, start, LIMIT);
    assert_eq!(
        (error.phase(), error.report().attempts),
        (Phase::NotSent, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn of_several_deadlines_the_earliest_holds() {
    for (outer, callers, between, inner, ends) in [
        (2_000, None, None, 5_000, 2_000),
        (5_000, None, None, 2_000, 2_000),
        (5_000, Some(700), None, 2_000, 700),
        // What a layer in between has set counts like the caller's own.
        (5_000, None, Some(300), 2_000, 300),
        (5_000, Some(200), Some(300), 2_000, 200),
        (5_000, Some(700), Some(9_000), 2_000, 700),
    ] {
        let after = |millis| Deadline::after(Duration::from_millis(millis));
        let script = Script::new([Step::Hang]);
        let service = ServiceBuilder::new()
            .layer(DeadlineLayer::new(Duration::from_millis(outer)))
            .map_request(move |mut request: Request<RequestBody>| {
                if let Some(millis) = between {
                    request.extensions_mut().insert(after(millis));
                }
                request
            })
            .layer(DeadlineLayer::new(Duration::from_millis(inner)))
            .service(script.clone());
        let mut request = get();
        if let Some(millis) = callers {
            request.extensions_mut().insert(after(millis));
        }
        let start = Instant::now();
        let error = service.oneshot(request).await.fault();
        assert_on_time(&error, start, Duration::from_millis(ends));
        // The layers inside see the deadline, unless a layer in between put a later one in its place.
        let seen = script.seen()[0].deadline.unwrap();
        let expected = start + Duration::from_millis(ends);
        assert!(seen.at == expected || between > callers);
    }
}
