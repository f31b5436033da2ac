mod foreign;
mod orders;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower::{Layer, ServiceExt, service_fn};
use tower_service::Service;

use crate::auth::{AuthLayer, Credential, Credentials};
use crate::body::{RequestBody, ResponseBody};
#[cfg(feature = "client")]
use crate::call::CallContext;
#[cfg(feature = "client")]
use crate::client::WireBody;
use crate::error::BoxError;
use crate::quota::Quota;
use crate::retry::{Budget, RetryLayer};
use crate::telemetry::{CallEnd, Observer, RetryPlanned};
use crate::tests::{BUSY, Fault, NeverReady, OK, Script, Step, get, post};
use crate::{
    AttemptLayer, AttemptNumber, AttemptTimeout, CallLayer, CallReport, DeadlineLayer, HttpService,
    IntoHttpService, Kind, Origin, Replay, Scope, StackBuilder, Streamed, UrlTemplate,
};
#[cfg(feature = "client")]
use crate::{Phase, Stop};

fn origin() -> Origin {
    Origin::of(&http::Uri::from_static("https://api.example")).unwrap()
}

#[cfg(feature = "client")]
/// An HTTP service that probes its bodies as the client does.
fn watched<F, A>(
    answer: F,
) -> impl Service<Request<RequestBody>, Response = Answered, Error = BoxError, Future = A> + Clone
where
    F: Fn(Request<WireBody>) -> A + Clone,
    A: Future<Output = Result<Answered, BoxError>>,
{
    service_fn(move |mut request: Request<RequestBody>| {
        let call = request.extensions().get::<CallContext>().cloned().unwrap();
        let note = call.hand_over(&mut request).unwrap();
        answer(request.map(|body| WireBody::new(body, note)))
    })
}

#[cfg(feature = "client")]
type Answered = http::Response<RequestBody>;

/// A body that has begun and does not go on.
struct Stalled;

impl Body for Stalled {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Pending
    }
}

fn assert_shared<T: Clone + Send + Sync + 'static>(_: &T) {}

#[test]
fn a_stack_is_built_outside_of_a_runtime_and_can_be_shared() {
    let http = service_fn(|_: Request<RequestBody>| async {
        Ok::<_, BoxError>(http::Response::new(RequestBody::default()))
    });
    let stack = StackBuilder::new().build(http);
    assert_shared(&stack);
}

#[tokio::test(start_paused = true)]
async fn layers_that_wait_are_ready_and_the_others_are_when_the_service_inside_is() {
    let quota = Quota::default();
    let auth = AuthLayer::new(origin(), Credentials::fixed("k"));
    for (waits, service) in [
        (
            true,
            CallLayer::default().layer(NeverReady).into_http_service(),
        ),
        (
            true,
            DeadlineLayer::default()
                .layer(NeverReady)
                .into_http_service(),
        ),
        (true, auth.layer(NeverReady).into_http_service()),
        (true, quota.layer(NeverReady).into_http_service()),
        (
            false,
            RetryLayer::default().layer(NeverReady).into_http_service(),
        ),
        (
            false,
            AttemptLayer::default()
                .layer(NeverReady)
                .into_http_service(),
        ),
        (true, StackBuilder::new().build(NeverReady)),
    ] {
        let mut service = service;
        let ready = tokio::time::timeout(Duration::from_secs(1), service.ready());
        assert_eq!(ready.await.is_ok(), waits);
    }
}

#[tokio::test(start_paused = true)]
async fn outer_layers_see_a_call_once_and_attempt_layers_every_attempt() {
    let (calls, attempts) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let count = |counter: &Arc<AtomicU32>| {
        let counter = Arc::clone(counter);
        move || counter.fetch_add(1, Ordering::Relaxed)
    };
    let (call, attempt) = (count(&calls), count(&attempts));
    let service = StackBuilder::new()
        .layer(MapRequestLayer::new(
            move |request: Request<RequestBody>| {
                call();
                assert!(AttemptNumber::of(&request).is_none());
                request
            },
        ))
        .attempt_layer(MapRequestLayer::new(
            move |request: Request<RequestBody>| {
                let before = attempt();
                let number = AttemptNumber::of(&request).unwrap();
                assert_eq!(number.get(), before + 1);
                request
            },
        ))
        .build(Script::new([BUSY, BUSY, OK]));
    assert_eq!(service.oneshot(get()).await.unwrap().status(), 200);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn the_first_layer_added_is_the_outermost() {
    let mark = |letter: &'static str| {
        MapResponseLayer::new(move |mut response: http::Response<ResponseBody>| {
            response
                .headers_mut()
                .append("marks", letter.parse().unwrap());
            response
        })
    };
    let service = StackBuilder::new()
        .layer(mark("outermost"))
        .layer(mark("inner"))
        .build(Script::new([OK]));
    let response = service.oneshot(get()).await.unwrap();
    let marks: Vec<_> = response.headers().get_all("marks").iter().collect();
    assert_eq!(marks, ["inner", "outermost"]);
}

/// Counts calls and retries.
#[derive(Clone, Default)]
struct Counts(Arc<(AtomicU32, AtomicU32)>);

impl Observer for Counts {
    fn on_retry(&self, _: &RetryPlanned<'_>) {
        self.0.1.fetch_add(1, Ordering::Relaxed);
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        assert_eq!(call.report.attempts, 3);
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_layers_around_a_stack_belong_to_the_call() {
    let counts = Counts::default();
    let script = Script::new([BUSY, BUSY, OK]);
    let service = StackBuilder::new()
        .observer(Arc::new(counts.clone()))
        .layer(DeadlineLayer::new(Duration::from_secs(7)))
        .build(script.clone());
    service.oneshot(get()).await.unwrap();
    let Counts(counts) = counts;
    let [calls, retries] = [&counts.0, &counts.1].map(|count| count.load(Ordering::Relaxed));
    assert_eq!((calls, retries), (1, 2));
    for seen in script.seen() {
        let left = seen.deadline.unwrap().remaining();
        assert!(left <= Duration::from_secs(7), "{left:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_caller_attached_arrives_at_the_http_service_every_time() {
    #[derive(Clone, Debug, PartialEq)]
    struct Tenant(&'static str);

    let script = Script::new([BUSY, OK]);
    let service = StackBuilder::new().build(script.clone());
    let mut request = post();
    request.extensions_mut().insert(Tenant("blue"));
    request.extensions_mut().insert(Replay::Keyed);
    request
        .extensions_mut()
        .insert(UrlTemplate("/v1/things".into()));
    service.oneshot(request).await.unwrap();
    for seen in script.seen() {
        assert_eq!(seen.extensions.get(), Some(&Tenant("blue")));
        assert!(seen.deadline.is_some());
        assert_eq!(seen.body, "{\"rows\":[1]}");
        assert_eq!(seen.headers["idempotency-key"], "k-1");
    }
}

#[tokio::test(start_paused = true)]
async fn the_replay_after_a_401_is_an_attempt_like_any_other() {
    let quota = Quota::unlimited();
    let number = Arc::new(AtomicU32::new(0));
    let credentials = Credentials::refreshing(move || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, BoxError>(Credential::new(format!("key-{number}"))) }
    });
    let script = Script::new([Step::Answer(401, &[]), BUSY, OK]);
    let service = StackBuilder::new()
        .auth(AuthLayer::new(origin(), credentials))
        .quota(quota.clone())
        .build(script.clone());
    let response = service.oneshot(get()).await.unwrap();
    assert_eq!(response.status(), 200);
    let report = CallReport::of(&response).unwrap();
    assert_eq!((report.attempts, quota.used()), (3, 3));
    let keys: Vec<_> = script
        .seen()
        .iter()
        .map(|seen| seen.headers["x-api-key"].clone())
        .collect();
    assert_eq!(keys, ["key-0", "key-1", "key-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_is_no_attempt_time() {
    let quota = Quota::unlimited().with_rate(1, Duration::from_secs(20));
    let script = Script::new([OK]);
    let mut service = StackBuilder::new().quota(quota).build(script.clone());
    let mut request = get();
    request
        .extensions_mut()
        .insert(AttemptTimeout(Duration::from_secs(1)));
    service.call(request.clone()).await.unwrap();
    service.call(request).await.unwrap();
    assert_eq!(script.times()[1], Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_response_carries_the_report_whatever_body_a_layer_puts_in_place() {
    let other = MapResponseLayer::new(|response: http::Response<ResponseBody>| {
        response.map(|_| ResponseBody::from("another"))
    });
    let inside = StackBuilder::new()
        .layer(other.clone())
        .build(Script::new([BUSY, OK]));
    let outside = other.layer(StackBuilder::new().build(Script::new([BUSY, OK])));
    for response in [
        inside.oneshot(get()).await.unwrap(),
        outside.oneshot(get()).await.unwrap(),
    ] {
        assert_eq!(CallReport::of(&response).unwrap().attempts, 2);
        assert_eq!(response.into_body().collect().await.unwrap(), "another");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_used_up_costs_no_attempt() {
    let quota = Quota::unlimited().with_period(1, Duration::from_secs(86_400));
    let mut service = StackBuilder::new().quota(quota).build(Script::new([OK]));
    service.call(get()).await.unwrap();
    let error = service.call(get()).await.fault();
    assert_eq!((error.kind(), error.report().attempts), (Kind::Quota, 0));
    assert_eq!(
        error.report().retry_after,
        Some(Duration::from_secs(86_400))
    );
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_never_left_is_not_paid_for() {
    let budget = Budget::new(0.0, 5);
    let service = StackBuilder::new()
        .retry(RetryLayer::default().with_budget(budget.clone()))
        .quota(Quota::unlimited().with_rate(1, Duration::from_secs(50)))
        .build(Script::new([BUSY]));
    // The backoff is over after a second at most; then the retry waits for its place.
    let waiting = service.oneshot(get());
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_err();
    assert!((budget.available() - 5.0).abs() < f64::EPSILON);
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_users_layer_is_kept() {
    #[derive(Debug, thiserror::Error)]
    #[error("overloaded")]
    struct Overloaded;

    let shed = tower::layer::layer_fn(|_inner| {
        service_fn(|_: Request<RequestBody>| async {
            Err::<http::Response<ResponseBody>, _>(Overloaded)
        })
    });
    let service: HttpService = StackBuilder::new().layer(shed).build(Script::new([OK]));
    let error = service.oneshot(get()).await.fault();
    assert_eq!(error.kind(), Kind::Layer);
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<Overloaded>());
}

#[tokio::test(start_paused = true)]
async fn a_stream_passes_through_the_whole_stack() {
    let http = service_fn(|_: Request<RequestBody>| async {
        Ok::<_, BoxError>(http::Response::new(RequestBody::from("streamed")))
    });
    let mut request = get();
    request.extensions_mut().insert(Streamed);
    let whole = StackBuilder::new().build(http).oneshot(request.clone());
    let body = whole.await.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap(), "streamed");
    let stalled = service_fn(|_: Request<RequestBody>| async {
        Ok::<_, BoxError>(http::Response::new(Stalled))
    });
    let begun = StackBuilder::new().build(stalled).oneshot(request);
    let error = begun.await.unwrap().into_body().collect().await.fault();
    assert_eq!(error.kind(), Kind::Timeout(Scope::Idle));
}

#[tokio::test(start_paused = true)]
async fn without_credentials_a_401_stands() {
    let script = Script::new([Step::Answer(401, &[]), OK]);
    let service = StackBuilder::new().build(script.clone());
    let response = service.oneshot(get()).await.unwrap();
    assert_eq!(response.status(), 401);
    let report = CallReport::of(&response).unwrap();
    assert_eq!((report.attempts, report.stop), (1, None));
    let seen = script.seen();
    assert_eq!(seen.len(), 1);
    assert!(!seen[0].headers.contains_key("x-api-key"));
    assert!(!seen[0].headers.contains_key("authorization"));
}

#[cfg(feature = "client")]
#[tokio::test(start_paused = true)]
async fn what_a_layer_puts_in_the_bodys_place_may_have_been_sent() {
    let http = watched(|request: Request<WireBody>| async move {
        let _ = request.body().is_end_stream();
        std::future::pending().await
    });
    let sent = Arc::new(AtomicU32::new(0));
    let service = StackBuilder::new()
        .attempt(AttemptLayer::default().with_timeout(Duration::from_secs(1)))
        .attempt_layer(MapRequestLayer::new({
            let sent = Arc::clone(&sent);
            move |request: Request<RequestBody>| {
                sent.fetch_add(1, Ordering::Relaxed);
                request.map(|_| RequestBody::from("[]"))
            }
        }))
        .build(http);
    let error = service.oneshot(post()).await.fault();
    assert_eq!(error.phase(), Phase::MaybeSent);
    assert_eq!(error.report().stop, Some(Stop::NotReplayable));
    assert_eq!(
        (error.report().attempts, sent.load(Ordering::Relaxed)),
        (1, 1)
    );
}

#[cfg(feature = "client")]
#[tokio::test(start_paused = true)]
async fn an_attempt_that_a_layer_has_sent_twice_may_have_been_sent() {
    let sends = Arc::new(AtomicU32::new(0));
    let http = watched({
        let sends = Arc::clone(&sends);
        move |request: Request<WireBody>| {
            let first = sends.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if !first {
                    // It waits for a connection: this body is not read.
                    std::future::pending::<()>().await;
                }
                let _ = request.body().is_end_stream();
                drop(request);
                Ok::<_, BoxError>(http::Response::new(RequestBody::default()))
            }
        }
    });
    let service = StackBuilder::new()
        .attempt(AttemptLayer::default().with_timeout(Duration::from_secs(1)))
        .build(service_fn(move |request: Request<RequestBody>| {
            let http = http.clone();
            async move {
                http.clone().oneshot(request.clone()).await?;
                http.oneshot(request).await
            }
        }));
    let error = service.oneshot(post()).await.fault();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Timeout(Scope::Attempt), Phase::MaybeSent)
    );
    assert_eq!(
        (error.report().attempts, sends.load(Ordering::Relaxed)),
        (2, 2)
    );
    assert_eq!(error.report().unrefused, 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_nothing_behind() {
    #[derive(Clone)]
    struct Trace {
        _held: Arc<()>,
    }

    let budget = Budget::new(0.0, 5);
    let stack = || StackBuilder::new().retry(RetryLayer::default().with_budget(budget.clone()));
    let answer = |status: u16| {
        service_fn(move |_: Request<RequestBody>| async move {
            let body = RequestBody::default();
            Ok::<_, BoxError>(http::Response::builder().status(status).body(body).unwrap())
        })
    };
    let silent = || {
        service_fn(|request: Request<RequestBody>| async move {
            std::future::pending::<()>().await;
            Ok::<_, BoxError>(http::Response::new(request.into_body()))
        })
    };
    let stalled = service_fn(|_: Request<RequestBody>| async {
        Ok::<_, BoxError>(http::Response::new(Stalled))
    });
    let unreachable = Credentials::refreshing(std::future::pending::<Result<Credential, BoxError>>);
    let full = Quota::unlimited().with_rate(1, Duration::from_secs(50));
    let queue = stack().quota(full).build(answer(200));
    queue.clone().oneshot(get()).await.unwrap();
    for (stage, service) in [
        (
            "credentials",
            stack()
                .auth(AuthLayer::new(origin(), unreachable))
                .build(answer(200)),
        ),
        ("quota", queue),
        ("head", stack().build(silent())),
        ("body", stack().build(stalled)),
        ("backoff", stack().build(answer(503))),
    ] {
        let held = Arc::new(());
        let mut request = get();
        request.extensions_mut().insert(Trace {
            _held: Arc::clone(&held),
        });
        let call = tokio::time::timeout(Duration::from_millis(100), service.oneshot(request));
        call.await.unwrap_err();
        assert_eq!(Arc::strong_count(&held), 1, "{stage}");
        assert!((budget.available() - 5.0).abs() < f64::EPSILON, "{stage}");
    }
}
