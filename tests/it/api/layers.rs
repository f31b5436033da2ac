//! Standard layers of tower and tower-http, around calls and around attempts.

use std::{
    collections::HashSet,
    io::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use prism_imports::{
    Client, ClientBuilder, Commit, ErrorKind, Finished, ImportJob, ObjectType, Phase, Submitted,
    Update,
    transport::{BoxError, HttpLayer, HttpService, IntoHttpService, RequestBody, ResponseBody},
};
use prism_imports_sandbox::{Builder, Fault, On, Sandbox};
use prism_imports_tests::{rows::contacts, server::KEY};
use tower::{
    ServiceBuilder, ServiceExt, buffer::BufferLayer, layer::layer_fn, limit,
    load_shed::LoadShedLayer, service_fn, timeout, util::option_layer,
};
use tower_http::{
    auth::AddAuthorizationLayer,
    catch_panic::CatchPanicLayer,
    decompression::DecompressionLayer,
    map_response_body::MapResponseBodyLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    sensitive_headers::SetSensitiveHeadersLayer,
    set_header::SetRequestHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use super::{Place, builder, start};

/// A server that delays each answer, and fails the first submit and the first poll.
fn settings() -> Builder {
    Sandbox::builder()
        .api_key(KEY)
        .sync_below(0)
        .rows_per_second(10.0)
        .fault(Fault::latency(Duration::from_millis(50)))
        .fault(Fault::answer(503).on(On::Submit).times(1))
        .fault(Fault::answer(503).on(On::Poll).times(1))
}

/// Notes the headers of each request, and hands it to the sandbox.
fn noting(sandbox: Sandbox, notes: &Arc<Mutex<Vec<HeaderMap>>>) -> HttpService {
    let notes = Arc::clone(notes);
    service_fn(move |request: Request<RequestBody>| {
        notes.lock().unwrap().push(request.headers().clone());
        sandbox.clone().oneshot(request)
    })
    .into_http_service()
}

/// Submits an import and watches it to its end.
async fn run(client: &Client) {
    let imports = client.imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(20));
    let submitted = submit.reply().await.unwrap();
    assert_eq!(submitted.attempts(), 2);
    let Submitted::Started(handle) = submitted.into_value() else {
        panic!("expected a started job");
    };
    let mut watch = imports.watch(handle);
    let mut end = None;
    while let Some(update) = watch.next().await {
        if let Update::Finished(finished) = update.unwrap() {
            end = Some(finished);
        }
    }
    let Some(Finished::Complete(job)) = end else {
        panic!("{end:?}");
    };
    assert_eq!((job.tally().created(), job.tally().failed()), (18, 2));
    assert_eq!(job.rows().map(<[_]>::len), Some(20));
}

/// Runs an import with a layer in either place, and returns the headers that the server received.
async fn check<L: HttpLayer>(layer: impl Fn() -> L) -> [Vec<HeaderMap>; 2] {
    let mut received = Vec::new();
    for place in Place::BOTH {
        let sandbox = settings().build().unwrap();
        let notes = Arc::default();
        let client = place
            .add(builder(), layer())
            .http_service(noting(sandbox.clone(), &notes));
        run(&client.build().unwrap()).await;
        assert_eq!(sandbox.stats().jobs, 1, "{place:?}");
        received.push(notes.lock().unwrap().clone());
    }
    received.try_into().unwrap()
}

/// Checks that every request had this value of a header.
fn assert_sent(received: &[Vec<HeaderMap>; 2], name: impl Into<HeaderName>, value: &str) {
    let name = name.into();
    for headers in received.iter().flatten() {
        assert_eq!(
            headers.get(&name).map(HeaderValue::as_bytes),
            Some(value.as_bytes())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn layers_that_observe_or_edit_requests() {
    check(TraceLayer::new_for_http).await;

    let name = HeaderName::from_static("x-app");
    let set = || SetRequestHeaderLayer::overriding(name.clone(), HeaderValue::from_static("seven"));
    assert_sent(&check(set).await, &name, "seven");

    let authorized = check(|| AddAuthorizationLayer::bearer("a-token")).await;
    assert_sent(&authorized, header::AUTHORIZATION, "Bearer a-token");

    let sensitive = || SetSensitiveHeadersLayer::new([header::USER_AGENT]);
    let received = check(sensitive).await;
    let marked = |headers: &HeaderMap| headers[header::USER_AGENT].is_sensitive();
    assert!(received.iter().flatten().all(marked));
}

#[tokio::test(start_paused = true)]
async fn request_ids() {
    let ids = || {
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(PropagateRequestIdLayer::x_request_id())
    };
    let [calls, attempts] = check(ids).await;
    // The first two requests are the attempts of one call.
    let id = |headers: &HeaderMap| headers["x-request-id"].clone();
    assert_eq!(id(&calls[0]), id(&calls[1]));
    assert_ne!(id(&attempts[0]), id(&attempts[1]));
}

#[tokio::test(start_paused = true)]
async fn timeouts_that_are_not_reached() {
    let minute = Duration::from_secs(60);
    check(|| TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, minute)).await;
    check(|| timeout::TimeoutLayer::new(minute)).await;
}

#[tokio::test(start_paused = true)]
async fn layers_that_replace_the_body_of_responses() {
    check(CatchPanicLayer::new).await;
    check(|| MapResponseBodyLayer::new(|body: ResponseBody| body)).await;
    check(DecompressionLayer::new).await;
}

#[tokio::test(start_paused = true)]
async fn layers_that_limit_or_queue_requests() {
    check(LoadShedLayer::new).await;
    check(|| limit::ConcurrencyLimitLayer::new(1)).await;
    check(|| limit::GlobalConcurrencyLimitLayer::new(1)).await;
    let second = Duration::from_secs(1);
    check(|| {
        ServiceBuilder::new()
            .layer(BufferLayer::new(8))
            .rate_limit(1, second)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn optional_layers_and_functions() {
    let minute = Duration::from_secs(60);
    check(|| option_layer(Some(timeout::TimeoutLayer::new(minute)))).await;
    check(|| option_layer(None::<timeout::TimeoutLayer>)).await;

    let name = HeaderName::from_static("x-function");
    let function = || {
        let name = name.clone();
        layer_fn(move |inner: HttpService| {
            let name = name.clone();
            service_fn(move |mut request: Request<RequestBody>| {
                let value = HeaderValue::from_static("yes");
                request.headers_mut().insert(name.clone(), value);
                inner.clone().oneshot(request)
            })
        })
    };
    assert_sent(&check(function).await, &name, "yes");
}

#[tokio::test(start_paused = true)]
async fn all_of_them_at_once_and_in_a_loop() {
    let sandbox = settings().build().unwrap();
    let mut client = builder();
    let minute = Duration::from_secs(60);
    for place in Place::BOTH {
        for _ in 0..2 {
            client = place.add(client, TraceLayer::new_for_http());
            client = place.add(client, timeout::TimeoutLayer::new(minute));
            client = place.add(
                client,
                ServiceBuilder::new()
                    .layer(BufferLayer::new(8))
                    .load_shed()
                    .concurrency_limit(4),
            );
            client = place.add(client, CatchPanicLayer::new());
            client = place.add(client, DecompressionLayer::new());
        }
    }
    run(&client.http_service(sandbox).build().unwrap()).await;
}

/// Compresses the answers of the sandbox for clients that accept gzip.
fn compressing(sandbox: Sandbox, compressed: &Arc<AtomicU32>) -> HttpService {
    let compressed = Arc::clone(compressed);
    let compress = move |request: Request<RequestBody>| {
        let accepted = request.headers().get(header::ACCEPT_ENCODING);
        let accepts_gzip = accepted.is_some_and(|value| value.to_str().unwrap().contains("gzip"));
        let (sandbox, compressed) = (sandbox.clone(), Arc::clone(&compressed));
        async move {
            let response = sandbox.into_http_service().oneshot(request).await?;
            if !accepts_gzip {
                return Ok(response);
            }
            compressed.fetch_add(1, Ordering::SeqCst);
            let (mut head, body) = response.into_parts();
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&body.collect().await?)?;
            head.headers
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            head.headers.remove(header::CONTENT_LENGTH);
            let body = ResponseBody::from(gzip.finish()?);
            Ok::<_, BoxError>(Response::from_parts(head, body))
        }
    };
    service_fn(compress).into_http_service()
}

#[tokio::test(start_paused = true)]
async fn compressed_answers_are_decompressed_in_either_place() {
    for place in [None, Some(Place::Calls), Some(Place::Attempts)] {
        let compressed = Arc::default();
        let mut client = builder();
        if let Some(place) = place {
            client = place.add(client, DecompressionLayer::new());
        }
        let sandbox = settings().build().unwrap();
        let client = client.http_service(compressing(sandbox, &compressed));
        run(&client.build().unwrap()).await;
        assert!(compressed.load(Ordering::SeqCst) > 3, "{place:?}");
    }
}

/// An HTTP service that panics on the first submit and on the first poll.
fn panicking(sandbox: Sandbox) -> HttpService {
    let seen = Arc::new(Mutex::new(HashSet::new()));
    service_fn(move |request: Request<RequestBody>| {
        let is_first = seen.lock().unwrap().insert(request.method().clone());
        let sandbox = sandbox.clone();
        async move {
            if is_first {
                // Without the message that a panic prints.
                std::panic::resume_unwind(Box::new("as the test says"));
            }
            sandbox.oneshot(request).await
        }
    })
    .into_http_service()
}

#[tokio::test(start_paused = true)]
async fn a_panic_that_a_layer_catches_is_an_answer_of_status_500() {
    let settings = || {
        Sandbox::builder()
            .api_key(KEY)
            .sync_below(0)
            .rows_per_second(10.0)
    };
    let attempts = builder().attempt_layer(CatchPanicLayer::new());
    let sandbox = settings().build().unwrap();
    run(&attempts.http_service(panicking(sandbox)).build().unwrap()).await;

    // Around calls nothing retries it, and it is not known whether the request was sent.
    let calls = builder().layer(CatchPanicLayer::new());
    let sandbox = settings().build().unwrap();
    let calls = calls.http_service(panicking(sandbox.clone()));
    let imports = calls.build().unwrap().imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(20));
    let error = submit.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.commit(), error.attempts()),
        (ErrorKind::Server, Some(Commit::Unknown), 1)
    );
    let mut watch = imports.watch(start(&imports, 20).await);
    let first = watch.next().await.unwrap().unwrap();
    assert!(
        matches!(&first, Update::Fault(fault) if fault.kind() == ErrorKind::Server),
        "{first:?}"
    );
    let mut last = None;
    while let Some(update) = watch.next().await {
        last = update.unwrap().into_job();
    }
    assert!(matches!(last, Some(ImportJob::Complete(_))), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_that_a_layer_sheds_were_not_sent_and_are_retried() {
    let shedding = || {
        ServiceBuilder::new()
            .layer(LoadShedLayer::new())
            .concurrency_limit(1)
    };
    let submit_twice = async |client: ClientBuilder| {
        let sandbox = Sandbox::builder()
            .api_key(KEY)
            .fault(Fault::latency(Duration::from_millis(50)));
        let sandbox = sandbox.build().unwrap();
        let imports = client.http_service(sandbox.clone()).build().unwrap();
        let imports = imports.imports();
        let submit = || {
            imports
                .submit(ObjectType::Contact)
                .rows(contacts(2))
                .reply()
        };
        let (first, second) = tokio::join!(submit(), submit());
        assert_eq!(first.unwrap().attempts(), 1);
        (second, sandbox.requests())
    };
    let (second, requests) = submit_twice(builder().attempt_layer(shedding())).await;
    // The attempt that was shed never came to the HTTP service.
    assert_eq!((second.unwrap().attempts(), requests), (1, 2));

    let (second, requests) = submit_twice(builder().layer(shedding())).await;
    let error = second.unwrap_err();
    assert_eq!(
        (error.kind(), error.commit(), error.phase(), requests),
        (
            ErrorKind::Overloaded,
            Some(Commit::NotCommitted),
            Phase::NotSent,
            1
        )
    );
    assert!(error.is_retryable());
}
