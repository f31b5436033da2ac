use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use tower::{Layer, ServiceExt};
use tower_service::Service;

use super::{Backoff, Budget, RetryLayer, RetryPolicy};
use crate::body::RequestBody;
use crate::call::{CallReport, Deadline, Stop};
use crate::deadline::DeadlineLayer;
use crate::error::{Error, Kind, Phase, Scope};
use crate::tests::{BUSY, Fault, OK, Script, Step, get, post};
use crate::{AttemptLayer, Replay, UrlTemplate};

const REFUSED: Step = Step::Fault(Kind::Connect, Phase::NotSent);
const RESET: Step = Step::Fault(Kind::Closed, Phase::MaybeSent);
const GIVEN_BACK: Step = Step::Fault(Kind::Closed, Phase::NotSent);

async fn call(
    layer: RetryLayer,
    script: &Script,
    request: Request<RequestBody>,
) -> Result<Response<RequestBody>, Error> {
    layer
        .layer(script.clone())
        .oneshot(request)
        .await
        .map_err(Error::from_boxed)
}

async fn run(script: &Script, request: Request<RequestBody>) -> (u16, CallReport) {
    match call(RetryLayer::default(), script, request).await {
        Ok(response) => (
            response.status().as_u16(),
            CallReport::of(&response).unwrap(),
        ),
        Err(error) => (0, *error.report()),
    }
}

fn paid_from(budget: &Budget) -> RetryLayer {
    RetryLayer::default().with_budget(budget.clone())
}

fn keyed() -> Request<RequestBody> {
    let mut request = post();
    request.extensions_mut().insert(Replay::Keyed);
    request
}

#[tokio::test(start_paused = true)]
async fn every_attempt_sends_the_same_request() {
    let script = Script::new([RESET, BUSY, OK]);
    let mut request = keyed();
    request
        .extensions_mut()
        .insert(UrlTemplate("/v1/things".into()));
    let (status, report) = run(&script, request).await;
    assert_eq!((status, report.attempts, report.unanswered), (200, 3, 1));
    for (index, seen) in script.seen().iter().enumerate() {
        assert_eq!(seen.body, "{\"rows\":[1]}");
        assert_eq!(seen.headers["idempotency-key"], "k-1");
        assert_eq!(
            seen.extensions.get::<UrlTemplate>().unwrap().0,
            "/v1/things"
        );
        let number = seen.number.unwrap();
        assert_eq!(number.get() as usize, index + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn waits_are_those_of_the_backoff() {
    let script = Script::new([BUSY]);
    let (status, report) = run(&script, get()).await;
    assert_eq!((status, report.attempts), (503, 3));
    assert_eq!(report.stop, Some(Stop::AttemptsUsed));
    let times = script.times();
    let waits: Vec<_> = times
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    assert!((250..=501).contains(&waits[0].as_millis()), "{waits:?}");
    assert!((500..=1_001).contains(&waits[1].as_millis()), "{waits:?}");
    assert_eq!(report.elapsed, *times.last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_plain_write_is_sent_once() {
    for step in [
        BUSY,
        RESET,
        Step::Stale,
        Step::Fault(Kind::Body, Phase::Answered),
    ] {
        let script = Script::new([step.clone(), OK]);
        let (_, report) = run(&script, post()).await;
        assert_eq!(script.seen().len(), 1, "{step:?}");
        assert_eq!(report.stop, Some(Stop::NotReplayable), "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_sent_again_even_as_a_plain_write() {
    let script = Script::new([REFUSED, GIVEN_BACK, OK]);
    let (status, report) = run(&script, post()).await;
    assert_eq!((status, report.attempts, report.unanswered), (200, 3, 0));
}

#[tokio::test(start_paused = true)]
async fn the_phase_is_that_of_the_whole_call() {
    let script = Script::new([RESET, REFUSED]);
    let error = call(RetryLayer::default(), &script, keyed())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Connect);
    assert_eq!(
        error.phase(),
        Phase::MaybeSent,
        "the first attempt may have been"
    );
    assert_eq!((error.report().attempts, error.report().unanswered), (3, 1));

    let script = Script::new([REFUSED]);
    let error = call(RetryLayer::default(), &script, keyed())
        .await
        .unwrap_err();
    assert_eq!(error.phase(), Phase::NotSent);
}

#[tokio::test(start_paused = true)]
async fn requests_that_the_server_may_have_carried_out_are_counted() {
    let unrefused = async |steps: &[Step]| {
        let script = Script::new(steps.iter().cloned());
        let (_, report) = run(&script, keyed()).await;
        report.unrefused
    };
    let cut = Step::Fault(Kind::Body, Phase::Answered);
    let refusal = |status| Step::Answer(status, &[]);
    assert_eq!(unrefused(&[OK]).await, 1);
    assert_eq!(unrefused(&[REFUSED, OK]).await, 1);
    assert_eq!(unrefused(&[REFUSED]).await, 0);
    assert_eq!(unrefused(&[BUSY, OK]).await, 2);
    assert_eq!(unrefused(&[RESET, BUSY, OK]).await, 3);
    assert_eq!(unrefused(&[cut, OK]).await, 2);
    assert_eq!(unrefused(&[RESET, refusal(400)]).await, 1);
    for status in [307, 308, 400, 401, 403, 404, 413, 422, 429] {
        assert_eq!(unrefused(&[refusal(status)]).await, 0, "{status}");
    }
    for status in [302, 303, 304, 409, 425, 499, 501] {
        assert_eq!(unrefused(&[refusal(status)]).await, 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn free_replays_wait_for_nothing_and_pay_nothing() {
    let script = Script::new([Step::Stale, OK]);
    let layer = paid_from(&Budget::new(0.0, 0));
    let response = call(layer, &script, get()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(script.times(), [Duration::ZERO; 2]);
}

#[tokio::test(start_paused = true)]
async fn free_replays_come_to_an_end() {
    let script = Script::new([GIVEN_BACK]);
    let (_, report) = run(&script, get()).await;
    // Three for nothing, then the ordinary three.
    assert_eq!(report.attempts, 6);
    let free = script.times().iter().filter(|at| at.is_zero()).count();
    assert_eq!(free, 4);

    // Once only where a byte may have gone out.
    let script = Script::new([Step::Stale]);
    let (_, report) = run(&script, get()).await;
    assert_eq!(report.attempts, 4);
    let free = script.times().iter().filter(|at| at.is_zero()).count();
    assert_eq!(free, 2);
}

#[tokio::test(start_paused = true)]
async fn a_keyed_write_waits_before_it_replays_a_stale_connection() {
    let script = Script::new([Step::Stale, OK]);
    let (status, _) = run(&script, keyed()).await;
    assert_eq!(status, 200);
    assert!(script.times()[1] >= Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn hints_are_obeyed_or_refused() {
    for (hint, expected) in [
        ("0", Ok(250..=500)),
        ("0.1", Ok(250..=500)),
        ("20", Ok(20_000..=20_250)),
        ("60", Ok(60_000..=60_250)),
        ("61", Err(Duration::from_secs(61))),
        ("100000", Err(Duration::from_secs(100_000))),
        ("18446744073709551615", Err(Duration::MAX)),
        ("99999999999999999999999999999999999", Err(Duration::MAX)),
        ("-1", Ok(250..=500)),
        ("", Ok(250..=500)),
        ("soon", Ok(250..=500)),
    ] {
        let headers = Box::leak(Box::new([("retry-after", hint)]));
        let script = Script::new([Step::Answer(429, headers), OK]);
        let (status, report) = run(&script, get()).await;
        match expected {
            Ok(range) => {
                assert_eq!(status, 200, "{hint}");
                // tokio rounds a wait up to the next millisecond.
                let waited = script.times()[1].as_millis();
                assert!(
                    range.contains(&waited) || waited == range.end() + 1,
                    "{hint}: {waited}"
                );
            }
            Err(asked) => {
                assert_eq!(
                    (status, report.stop),
                    (429, Some(Stop::HintTooLong)),
                    "{hint}"
                );
                assert_eq!(report.retry_after, Some(asked), "{hint}");
                assert_eq!(report.elapsed, Duration::ZERO, "{hint}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_creates_no_retry() {
    let script = Script::new([Step::Answer(404, &[("retry-after", "1")]), OK]);
    let (status, report) = run(&script, get()).await;
    assert_eq!((status, report.attempts, report.stop), (404, 1, None));
}

#[tokio::test(start_paused = true)]
async fn no_wait_reaches_the_deadline() {
    let script = Script::new([Step::Answer(503, &[("retry-after", "10")]), OK]);
    let mut request = get();
    request
        .extensions_mut()
        .insert(Deadline::after(Duration::from_secs(10)));
    let (status, report) = run(&script, request).await;
    assert_eq!((status, report.stop), (503, Some(Stop::DeadlineNear)));
    assert_eq!(report.retry_after, Some(Duration::from_secs(10)));
    assert_eq!(report.elapsed, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_left_ten_milliseconds_before_the_deadline() {
    let none = Backoff::new(Duration::ZERO, Duration::ZERO);
    let layer = RetryLayer::new(RetryPolicy::default().with_backoff(none));
    for (millis, status) in [(1_010, 200), (1_009, 503)] {
        let script = Script::new([Step::Answer(503, &[("retry-after", "1")]), OK]);
        let mut request = get();
        let deadline = Deadline::after(Duration::from_millis(millis));
        request.extensions_mut().insert(deadline);
        let response = call(layer.clone(), &script, request).await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test(start_paused = true)]
async fn the_requests_own_policy_replaces_the_layers() {
    let script = Script::new([BUSY]);
    let mut request = get();
    request
        .extensions_mut()
        .insert(RetryPolicy::default().with_max_attempts(5));
    assert_eq!(run(&script, request).await.1.attempts, 5);

    let script = Script::new([Step::Stale]);
    let mut request = get();
    request.extensions_mut().insert(RetryPolicy::none());
    assert_eq!(run(&script, request).await.1.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn the_requests_own_policy_is_paid_from_the_layers_budget() {
    let budget = Budget::new(0.0, 2);
    let layer = paid_from(&budget);
    let script = Script::new([BUSY]);
    let mut request = get();
    let policy = RetryPolicy::default().with_max_attempts(9);
    request.extensions_mut().insert(policy);
    let response = call(layer, &script, request).await.unwrap();
    let report = CallReport::of(&response).unwrap();
    assert_eq!((report.attempts, report.stop), (3, Some(Stop::BudgetEmpty)));
    assert!(budget.available() < 1.0);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_around_the_retry_knows_that_it_was_answered() {
    let script = Script::new([BUSY, Step::Hang]);
    let service = AttemptLayer::default()
        .with_timeout(Duration::from_millis(200))
        .layer(RetryLayer::default().layer(script.clone()));
    // The time is up in the wait for the second attempt.
    let error = service.oneshot(keyed()).await.fault();
    assert_eq!(error.kind(), Kind::Timeout(Scope::Attempt));
    assert_eq!(
        (error.phase(), error.report().attempts),
        (Phase::Answered, 1)
    );
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_empty_budget_ends_the_call_with_its_reason() {
    let budget = Budget::new(0.0, 1);
    let layer = paid_from(&budget);
    let script = Script::new([BUSY]);
    let response = call(layer, &script, get()).await.unwrap();
    let report = CallReport::of(&response).unwrap();
    assert_eq!((report.attempts, report.stop), (2, Some(Stop::BudgetEmpty)));
    assert!(budget.available() < 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_in_its_backoff_gives_the_payment_back() {
    let budget = Budget::new(0.0, 1);
    let layer = paid_from(&budget);
    let script = Script::new([BUSY]);
    let waiting = call(layer.clone(), &script, get());
    tokio::time::timeout(Duration::from_millis(100), waiting)
        .await
        .unwrap_err();
    assert!((budget.available() - 1.0).abs() < f64::EPSILON);
    assert!(call(layer, &script, get()).await.is_ok());
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_ready_again_has_sent_nothing_again() {
    let budget = Budget::new(0.0, 1);
    let layer = paid_from(&budget);
    let service = tower::ServiceBuilder::new()
        .layer(DeadlineLayer::new(Duration::from_secs(5)))
        .layer(layer)
        .service(Once {
            script: Script::new([REFUSED]),
            taken: Arc::default(),
        });
    let error = service.oneshot(post()).await.fault();
    assert_eq!(error.kind(), Kind::Timeout(Scope::Call));
    assert_eq!(
        (error.phase(), error.report().attempts),
        (Phase::NotSent, 1)
    );
    assert!((budget.available() - 1.0).abs() < f64::EPSILON);
}

/// Takes one request, and is never ready again.
#[derive(Clone)]
struct Once {
    script: Script,
    taken: Arc<AtomicBool>,
}

impl Service<Request<RequestBody>> for Once {
    type Response = Response<RequestBody>;
    type Error = Error;
    type Future = <Script as Service<Request<RequestBody>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.taken.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        self.taken.store(true, Ordering::Relaxed);
        self.script.call(request)
    }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_error_is_preserved_and_not_retried() {
    #[derive(Debug, thiserror::Error)]
    #[error("full")]
    struct Overloaded;

    let service = tower::service_fn(|_: Request<RequestBody>| async {
        Err::<Response<RequestBody>, _>(Overloaded)
    });
    let error = RetryLayer::default()
        .layer(service)
        .oneshot(get())
        .await
        .fault();
    assert_eq!((error.kind(), error.report().attempts), (Kind::Layer, 1));
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.downcast_ref::<Overloaded>().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_that_failed_together_do_not_come_back_together() {
    let script = Script::new([BUSY]);
    let start = Instant::now();
    let policy = RetryPolicy::default()
        .with_max_attempts(4)
        .with_backoff(Backoff::new(
            Duration::from_millis(400),
            Duration::from_millis(800),
        ));
    let service = RetryLayer::new(policy)
        .with_budget(Budget::unlimited())
        .layer(script.clone());
    let calls: Vec<_> = (0..1_000)
        .map(|_| tokio::spawn(service.clone().oneshot(get())))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status(), 503);
    }
    assert!(start.elapsed() <= Duration::from_millis(2_003));
    let seen = script.seen();
    for number in 2..=4 {
        let times: Vec<_> = seen
            .iter()
            .filter(|seen| seen.number.unwrap().get() == number)
            .map(|seen| seen.at)
            .collect();
        assert_eq!(times.len(), 1_000);
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        let bins = (last.as_millis() - first.as_millis()) / 10 + 1;
        let mut counts = vec![0_u128; usize::try_from(bins).unwrap()];
        for time in &times {
            counts[usize::try_from((time.as_millis() - first.as_millis()) / 10).unwrap()] += 1;
        }
        let fullest = counts.iter().max().unwrap();
        // The waits of one number span at least 200 ms, so that a fair bin holds at most 50.
        assert!(bins >= 19, "attempt {number} spans {bins} bins");
        assert!(*fullest <= 150, "attempt {number}: {fullest} in 10 ms");
    }
}

#[tokio::test(start_paused = true)]
async fn every_header_is_sent_again_in_its_order() {
    for repeated in [0, 1, 3] {
        let script = Script::new([BUSY, RESET, OK]);
        let mut request = keyed();
        let headers = request.headers_mut();
        headers.append("x-part", "first".parse().unwrap());
        headers.append("accept", "application/json".parse().unwrap());
        for number in 0..repeated {
            headers.append("x-part", number.into());
            headers.append("x-other", number.into());
        }
        headers.get_mut("accept").unwrap().set_sensitive(true);
        let sent: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.clone(), value.clone(), value.is_sensitive()))
            .collect();
        assert_eq!(run(&script, request).await.0, 200);
        let seen = script.seen();
        assert_eq!(seen.len(), 3);
        for seen in seen {
            let again: Vec<_> = seen
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone(), value.is_sensitive()))
                .collect();
            assert_eq!(again, sent);
        }
    }
}
