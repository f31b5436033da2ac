use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Extensions, Request, Response, StatusCode};
use tokio::time::{sleep, timeout};
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_service::Service;

use super::{CallContext, CallReport};
use crate::body::{RequestBody, ResponseBody};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::quota::Quota;
use crate::retry::{RetryLayer, RetryPolicy};
use crate::tests::{BUSY, Fault, OK, Script, Step, get, http_layer, post};
use crate::{
    AttemptLayer, AuthLayer, CallLayer, Credentials, DeadlineLayer, HttpLayer, HttpService,
    IntoHttpService, Origin, Replay, StackBuilder,
};

const SECOND: Duration = Duration::from_secs(1);

fn respond(status: u16) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::default());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn keyed() -> Request<RequestBody> {
    let mut request = post();
    request.extensions_mut().insert(Replay::Keyed);
    request
}

/// Attempts, unanswered, unrefused and phase of a call, whatever its result.
async fn tally<S, C>(service: S, request: Request<RequestBody>) -> (u32, u32, u32, Phase)
where
    S: Service<Request<RequestBody>, Response = Response<C>, Error = BoxError>,
{
    let report = match service.oneshot(request).await {
        Ok(response) => CallReport::of(&response).unwrap(),
        Err(error) => {
            let error = Error::from_boxed(error);
            assert_eq!(error.phase(), error.report().phase);
            *error.report()
        }
    };
    let (unanswered, unrefused) = (report.unanswered, report.unrefused);
    (report.attempts, unanswered, unrefused, report.phase)
}

fn one_attempt() -> StackBuilder {
    StackBuilder::new().retry(RetryLayer::new(RetryPolicy::none()))
}

#[test]
fn of_several_notes_about_one_request_the_innermost_counts() {
    let mut request = get();
    let (call, _closing) = CallContext::join(&mut request);
    let answered = Ok(Response::new(()));
    let outer = call.hand_over(&mut request).unwrap();
    let inner = call.hand_over(&mut request).unwrap();
    let mut again = request.clone();
    let innermost = call.hand_over(&mut request).unwrap();
    assert_eq!(call.report().attempts, 1);
    let second = call.hand_over(&mut again).unwrap();
    assert_eq!((call.report().attempts, call.report().unanswered), (2, 2));

    // What the other notes say is not asked.
    outer.ended(&answered);
    inner.ended(&Ok(Response::new(())));
    assert_eq!(call.report().phase, Phase::MaybeSent);
    let refused = Error::new(Kind::Connect, Phase::NotSent);
    innermost.ended::<()>(&Err(refused));
    second.ended(&Ok(Response::new(())));
    assert_eq!(call.report().phase, Phase::Answered);
    assert_eq!((call.report().attempts, call.report().unanswered), (2, 0));
}

#[test]
fn a_mark_divides_what_was_before_from_what_came_since() {
    let mut request = get();
    let (call, _closing) = CallContext::join(&mut request);
    assert_eq!(call.mark(), 0);
    call.hand_over(&mut request.clone()).unwrap();
    let mark = call.mark();
    assert_eq!(call.report_since(mark).phase, Phase::NotSent);
    assert_eq!(call.report_since(mark).attempts, 0);
    call.hand_over(&mut request).unwrap();
    assert_eq!(call.report_since(mark).phase, Phase::MaybeSent);
    assert_eq!(call.report_since(mark).attempts, 1);
    assert_eq!(call.report().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn layers_alone_count_a_request_once() {
    let origin = Origin::of(get().uri()).unwrap();
    let service = ServiceBuilder::new()
        .layer(RetryLayer::default())
        .layer(DeadlineLayer::default())
        .layer(AuthLayer::new(origin, Credentials::fixed("k")))
        .layer(Quota::default())
        .layer(AttemptLayer::default())
        .service(Script::new([BUSY, OK]));
    assert_eq!(tally(service, get()).await, (2, 0, 2, Phase::Answered));
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_refuses_before_sending_leaves_no_attempt() {
    let refusing = http_layer(async |_, _| Err("full".into()));
    let script = Script::new([OK]);
    let used_up = Quota::unlimited().with_period(1, Duration::from_secs(3_600));
    let quota = used_up;
    quota.layer(script.clone()).oneshot(get()).await.unwrap();
    for stack in [
        StackBuilder::new().layer(refusing.clone()),
        StackBuilder::new().attempt_layer(refusing.clone()),
        StackBuilder::new().quota(quota.clone()),
        // The refusal does not depend on what a request could be.
        StackBuilder::new()
            .layer(refusing.clone())
            .attempt_layer(refusing),
    ] {
        for request in [get(), keyed(), post()] {
            let seen = tally(stack.clone().build(script.clone()), request).await;
            assert_eq!(seen, (0, 0, 0, Phase::NotSent));
        }
    }
    let alone = quota.layer(script.clone());
    assert_eq!(tally(alone, post()).await, (0, 0, 0, Phase::NotSent));
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_cut_off_may_have_been_sent() {
    let hanging = || Script::new([Step::Hang]);
    let stack = one_attempt().timeout(SECOND).build(hanging());
    assert_eq!(tally(stack, post()).await, (1, 1, 1, Phase::MaybeSent));
    let layer = DeadlineLayer::new(SECOND).layer(hanging());
    assert_eq!(tally(layer, post()).await, (1, 1, 1, Phase::MaybeSent));
}

#[cfg(feature = "client")]
#[test]
fn a_body_that_is_gone_and_was_never_read_was_not_sent() {
    for (read, dropped, phase) in [
        (false, false, Phase::MaybeSent),
        (true, false, Phase::MaybeSent),
        (true, true, Phase::MaybeSent),
        (false, true, Phase::NotSent),
    ] {
        let mut request = post();
        let (call, _closing) = CallContext::join(&mut request);
        let note = call.hand_over(&mut request).unwrap();
        if read {
            note.set_body_read();
        }
        if dropped {
            note.set_body_dropped();
        }
        let report = call.report();
        assert_eq!(report.phase, phase, "{read} {dropped}");
        assert_eq!(report.attempts, 1);
        let maybe = u32::from(phase == Phase::MaybeSent);
        assert_eq!((report.unanswered, report.unrefused), (maybe, maybe));
        // The end of the request says more than its body.
        note.ended(&Ok(Response::new(())));
        assert_eq!(call.report().phase, Phase::Answered);
    }
}

#[tokio::test(start_paused = true)]
async fn a_made_up_response_hides_no_request_that_was_cut_off() {
    for status in [408, 200, 404] {
        let patient = http_layer(move |inner: HttpService, request| async move {
            let result = timeout(SECOND, inner.oneshot(request)).await;
            result.unwrap_or_else(|_| Ok(respond(status)))
        });
        for stack in [
            one_attempt().layer(patient.clone()),
            one_attempt().attempt_layer(patient),
        ] {
            let service = stack.build(Script::new([Step::Hang]));
            assert_eq!(tally(service, post()).await, (1, 1, 1, Phase::MaybeSent));
        }
    }
    // And none is invented.
    let cache = http_layer(async |_, _| Ok(respond(200)));
    let stack = StackBuilder::new().layer(cache).build(Script::new([OK]));
    assert_eq!(tally(stack, get()).await, (0, 0, 0, Phase::NotSent));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_a_layer_repeats_is_counted() {
    let twice = http_layer(
        async |mut inner: HttpService, request: Request<RequestBody>| {
            let _ = inner.ready().await?.call(request.clone()).await;
            inner.ready().await?.call(request).await
        },
    );
    let cut = Step::Fault(Kind::Closed, Phase::MaybeSent);
    for steps in [[OK, OK], [cut, OK]] {
        let unanswered = u32::from(matches!(steps[0], Step::Fault(..)));
        let expected = (2, unanswered, 2, Phase::Answered);
        for stack in [
            one_attempt().layer(twice.clone()),
            one_attempt().attempt_layer(twice.clone()),
        ] {
            let service = stack.build(Script::new(steps.clone()));
            assert_eq!(tally(service, keyed()).await, expected);
        }
        // Outside of a stack, but inside of a layer of ours.
        let stack = one_attempt().build(Script::new(steps.clone()));
        let around = DeadlineLayer::default().layer(twice.around(stack));
        assert_eq!(tally(around, keyed()).await, expected);
        let plain = Script::new(steps).into_http_service();
        let around = DeadlineLayer::default().layer(twice.around(plain));
        // Nothing is known of the service inside: its two requests are one.
        assert_eq!(tally(around, keyed()).await, (1, 0, 1, Phase::Answered));
    }
}

#[tokio::test(start_paused = true)]
async fn no_write_leaves_when_the_call_is_over() {
    let script = Script::new([OK]);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeping = {
        let kept = Arc::clone(&kept);
        http_layer(move |inner: HttpService, request: Request<RequestBody>| {
            kept.lock().unwrap().push((inner, request));
            std::future::ready(Ok(respond(202)))
        })
    };
    for stack in [
        StackBuilder::new().layer(keeping.clone()),
        StackBuilder::new().attempt_layer(keeping),
    ] {
        let service = stack.build(script.clone());
        assert_eq!(tally(service, keyed()).await, (0, 0, 0, Phase::NotSent));
    }
    let kept = std::mem::take(&mut *kept.lock().unwrap());
    for (inner, request) in kept {
        let error = inner.clone().oneshot(request.clone()).await.fault();
        assert_eq!(
            (error.kind(), error.phase()),
            (Kind::Config, Phase::NotSent)
        );
        assert!(script.seen().is_empty());
        let mut read = get();
        *read.extensions_mut() = request.extensions().clone();
        assert!(inner.oneshot(read).await.is_ok());
        assert_eq!(script.clear(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_without_its_extensions_is_refused_before_it_is_sent() {
    let stripping = http_layer(async |inner: HttpService, mut request: Request<_>| {
        *request.extensions_mut() = Extensions::new();
        inner.oneshot(request).await
    });
    for stack in [
        StackBuilder::new().layer(stripping.clone()),
        StackBuilder::new().attempt_layer(stripping),
    ] {
        let script = Script::new([OK]);
        let service = stack.build(script.clone());
        for request in [post(), keyed()] {
            let error = service.clone().oneshot(request).await.fault();
            assert_eq!(
                (error.kind(), error.phase()),
                (Kind::Config, Phase::NotSent)
            );
            assert_eq!(error.report().attempts, 0);
            assert!(error.to_string().contains("removes the extensions"));
        }
        assert!(script.seen().is_empty());
        let response = service.oneshot(get()).await.unwrap();
        assert_eq!((response.status().as_u16(), script.seen().len()), (200, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_sent_again_when_its_call_is_over_opens_another() {
    let stack: fn(Script) -> HttpService = |script| one_attempt().build(script);
    let alone: fn(Script) -> HttpService =
        |script| DeadlineLayer::default().layer(script).into_http_service();
    for service in [stack, alone] {
        let script = Script::new([Step::Fault(Kind::Closed, Phase::MaybeSent), OK]);
        let service = service(script.clone());
        let first = tally(service.clone(), post()).await;
        assert_eq!(first, (1, 1, 1, Phase::MaybeSent));
        sleep(SECOND).await;
        let mut again = post();
        *again.extensions_mut() = script.seen()[0].extensions.clone();
        let before = again.extensions().get::<CallContext>().unwrap().clone();
        let response = service.oneshot(again).await.unwrap();
        let report = CallReport::of(&response).unwrap();
        assert_eq!((report.attempts, report.unrefused), (1, 1));
        assert_eq!(report.elapsed, Duration::ZERO);
        // The report of the first call stays as it was.
        let before = before.report();
        assert_eq!((before.attempts, before.unanswered), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_closed_by_the_layer_that_opened_it() {
    let script = Script::new([BUSY, BUSY, OK]);
    let service = ServiceBuilder::new()
        .layer(RetryLayer::default())
        .layer(CallLayer::default())
        .service(script.clone());
    assert_eq!(tally(service, keyed()).await, (3, 0, 3, Phase::Answered));
    // A stack inside of another layer of ours joins its call too.
    let script = Script::new([BUSY, BUSY, BUSY, OK]);
    let service = RetryLayer::default().layer(StackBuilder::new().build(script));
    assert_eq!(tally(service, keyed()).await, (4, 0, 4, Phase::Answered));
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_refuses_leaves_no_attempt_in_the_call_around_it() {
    let refusing = http_layer(async |_, _| Err("full".into()));
    let stack = StackBuilder::new().attempt_layer(refusing);
    let service = DeadlineLayer::default().layer(stack.build(Script::new([OK])));
    assert_eq!(tally(service, post()).await, (0, 0, 0, Phase::NotSent));
    let inner = StackBuilder::new().build(Script::new([BUSY, OK]));
    let nested = StackBuilder::new().build(inner);
    assert_eq!(tally(nested, keyed()).await, (2, 0, 2, Phase::Answered));
}
