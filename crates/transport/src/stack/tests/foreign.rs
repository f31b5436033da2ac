//! tower's own layers, inside and outside of ours.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::buffer::BufferLayer;
use tower::limit::{ConcurrencyLimitLayer, GlobalConcurrencyLimitLayer};
use tower::load_shed::LoadShedLayer;
use tower::timeout::TimeoutLayer;
use tower::util::BoxCloneService;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_service::Service;

use crate::body::RequestBody;
use crate::call::CallReport;
use crate::error::{Error, Kind, Phase, Scope};
use crate::tests::{BUSY, Fault, OK, Script, Step, get, post};
use crate::{
    AttemptLayer, AuthLayer, CallLayer, Credentials, DeadlineLayer, HttpService, IntoHttpService,
    Origin, Quota, Replay, RetryLayer, StackBuilder,
};

const SECOND: Duration = Duration::from_secs(1);

fn keyed() -> Request<RequestBody> {
    let mut request = post();
    request.extensions_mut().insert(Replay::Keyed);
    request
}

fn slow(seconds: u32, then: Step) -> Step {
    Step::Slow(SECOND * seconds, Box::new(then))
}

async fn attempts(service: &HttpService, request: Request<RequestBody>) -> u32 {
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    CallReport::of(&response).unwrap().attempts
}

#[tokio::test(start_paused = true)]
async fn towers_timeout_around_an_attempt_is_repeated_and_around_a_call_is_final() {
    let script = || Script::new([slow(9, OK), OK]);
    let inside = StackBuilder::new().attempt_layer(TimeoutLayer::new(SECOND));
    assert_eq!(attempts(&inside.clone().build(script()), get()).await, 2);
    assert_eq!(attempts(&inside.clone().build(script()), keyed()).await, 2);
    let error = inside.build(script()).oneshot(post()).await.fault();
    let layer = Kind::Timeout(Scope::Layer);
    assert_eq!((error.kind(), error.phase()), (layer, Phase::MaybeSent));
    assert_eq!(error.report().attempts, 1);

    let outside = StackBuilder::new().layer(TimeoutLayer::new(SECOND));
    let start = Instant::now();
    let error = outside.build(script()).oneshot(get()).await.fault();
    assert_eq!((error.kind(), error.phase()), (layer, Phase::MaybeSent));
    assert_eq!((error.report().attempts, start.elapsed()), (1, SECOND));
}

#[tokio::test(start_paused = true)]
async fn towers_load_shed_refuses_what_was_not_sent() {
    let full = Arc::new(Semaphore::new(1));
    let limit = || GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&full));
    let held = Arc::clone(&full).acquire_owned().await.unwrap();
    let script = Script::new([OK]);
    let inside = StackBuilder::new()
        .attempt_layer(LoadShedLayer::new())
        .attempt_layer(limit())
        .build(script.clone());
    let outside = StackBuilder::new()
        .layer(LoadShedLayer::new())
        .layer(limit())
        .build(script.clone());
    for service in [&inside, &outside] {
        let error = service.clone().oneshot(post()).await.fault();
        let seen = (error.kind(), error.phase(), error.report().attempts);
        assert_eq!(seen, (Kind::Overloaded, Phase::NotSent, 0));
    }
    // Inside of the retry it is tried again, also as a plain write.
    let waiting = tokio::spawn(inside.clone().oneshot(post()));
    tokio::time::sleep(SECOND / 10).await;
    drop(held);
    let response = waiting.await.unwrap().unwrap();
    assert_eq!(CallReport::of(&response).unwrap().attempts, 1);
    assert_eq!(script.seen().len(), 1);
    assert_eq!(full.available_permits(), 1);
}

#[tokio::test(start_paused = true)]
async fn towers_concurrency_limit_holds_and_its_permits_come_back() {
    let limits = [
        StackBuilder::new().attempt_layer(ConcurrencyLimitLayer::new(2)),
        StackBuilder::new().layer(ConcurrencyLimitLayer::new(2)),
    ];
    for stack in limits {
        let script = Script::new([slow(1, OK)]);
        let service = stack.build(script.clone());
        let calls: Vec<_> = (0..6)
            .map(|_| tokio::spawn(service.clone().oneshot(get())))
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap().status(), 200);
        }
        let times: Vec<_> = script.times().iter().map(Duration::as_secs).collect();
        assert_eq!(times, [0, 0, 1, 1, 2, 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_is_used_alone_takes_a_service_that_is_not_sync() {
    let origin = Origin::of(get().uri()).unwrap();
    let service = ServiceBuilder::new()
        .layer(CallLayer::default())
        .layer(DeadlineLayer::default())
        .layer(RetryLayer::default())
        .layer(AuthLayer::new(origin, Credentials::fixed("k")))
        .layer(Quota::default())
        .layer(AttemptLayer::default())
        .service(BoxCloneService::new(Script::new([BUSY, OK])));
    let call = tokio::spawn(service.oneshot(get()));
    assert_eq!(call.await.unwrap().unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn no_permit_is_held_while_a_retry_waits() {
    let busy = Step::Answer(503, &[("retry-after", "10")]);
    let limit = ConcurrencyLimitLayer::new(1);
    for in_a_stack in [true, false] {
        let script = Script::new([busy.clone(), OK]);
        let service = if in_a_stack {
            let stack = StackBuilder::new().attempt_layer(limit.clone());
            stack.build(script.clone())
        } else {
            let limited = limit.layer(script.clone());
            RetryLayer::default().layer(limited).into_http_service()
        };
        let first = tokio::spawn(service.clone().oneshot(get()));
        tokio::time::sleep(SECOND).await;
        let start = Instant::now();
        assert_eq!(attempts(&service, get()).await, 1);
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(first.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn towers_buffer_passes_everything_on() {
    for stack in [
        StackBuilder::new().attempt_layer(BufferLayer::new(4)),
        StackBuilder::new().layer(BufferLayer::new(4)),
    ] {
        let script = Script::new([BUSY, Step::Fault(Kind::Closed, Phase::MaybeSent), OK]);
        assert_eq!(attempts(&stack.clone().build(script), keyed()).await, 3);
        let script = Script::new([Step::Hang]);
        let mut service = stack.timeout(SECOND).build(script.clone());
        let start = Instant::now();
        let error = service.ready().await.unwrap().call(post()).await.fault();
        assert_eq!(
            (error.phase(), error.report().attempts),
            (Phase::MaybeSent, 1)
        );
        assert!(start.elapsed() <= SECOND + Duration::from_millis(1));
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_ends_a_buffer_keeps_its_meaning() {
    let stack = StackBuilder::new().attempt_layer(BufferLayer::new(4));
    let error = stack.build(Broken).oneshot(get()).await.fault();
    let read = (error.kind(), error.phase(), error.report().attempts);
    assert_eq!(read, (Kind::Certificate, Phase::NotSent, 0));
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<tower::buffer::error::ServiceError>());
}

/// A service whose readiness is an error.
#[derive(Clone)]
struct Broken;

impl Service<Request<RequestBody>> for Broken {
    type Response = Response<RequestBody>;
    type Error = Error;
    type Future = std::future::Ready<Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Err(Error::new(Kind::Certificate, Phase::NotSent)))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        panic!("called unready")
    }
}
