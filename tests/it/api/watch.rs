//! Watching one job: its updates, its faults and its end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prism_imports::{
    Client, ErrorKind, Finished, ImportHandle, ImportJob, Update,
    poller::Pace,
    transport::{ResponseBody, RetryPolicy},
};
use prism_imports_sandbox::{Clock, Fault, On, Sandbox};
use prism_imports_tests::server::{KEY, TEAM};
use tokio::time::Instant;

use super::{in_process, start};

/// A sandbox with one row per second.
fn slow() -> prism_imports_sandbox::Builder {
    Sandbox::builder().rows_per_second(1.0)
}

#[tokio::test(start_paused = true)]
async fn a_job_of_more_than_an_hour_needs_few_requests() {
    let (sandbox, client) = in_process(slow());
    let imports = client.imports();
    let handle = start(&imports, 4_500).await;
    let began = Instant::now();
    let end = imports.wait(handle).await.unwrap();
    assert!(matches!(end, Finished::Complete(job) if job.total() == 4_500));
    let late = began.elapsed().saturating_sub(Duration::from_secs(4_500));
    assert!(
        sandbox.requests() < 30 && late < Duration::from_secs(15),
        "{} requests, {late:?}",
        sandbox.requests()
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_beyond_the_limit_ends_a_watch_at_once() {
    let settings = slow().sync_below(0).rows_per_second(1e9);
    let sandbox = settings.api_key(KEY).build().unwrap();
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .max_body(100_000)
        .http_service(sandbox.clone());
    let imports = client.build().unwrap().imports();
    // The results have more than two megabytes.
    let handle = start(&imports, 20_000).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let before = sandbox.requests();
    let error = imports.wait(handle.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(error.handle(), Some(&handle));
    assert_eq!(sandbox.requests(), before + 1);
    let text = error.to_string();
    let expected = "watch import: body larger than the limit of 100000 bytes, which `ClientBuilder::max_body` sets";
    assert!(text.starts_with(expected), "{text}");
    let get = imports.get(handle).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::TooLarge);
    assert_eq!(sandbox.requests(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_cut_short_is_a_fault() {
    let cut = Fault::cut(9_000).on(On::Poll).times(2);
    let (_, client) = in_process(slow().rows_per_second(1e9).fault(cut));
    let imports = client.imports();
    let handle = start(&imports, 200).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let mut watch = imports.watch(handle);
    for _ in 0..2 {
        let Some(Ok(Update::Fault(fault))) = watch.next().await else {
            panic!("the body was not cut")
        };
        assert_eq!(fault.kind(), ErrorKind::Body, "{fault}");
    }
    let Some(Ok(Update::Finished(Finished::Complete(job)))) = watch.next().await else {
        panic!("the job is complete")
    };
    assert_eq!(job.rows().map(<[_]>::len), Some(200));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_early_without_an_error_is_a_fault() {
    let mut bodies = [r#"{"job_id":"j-1","status":"comp"#, ENDED].into_iter();
    let service = tower::service_fn(move |_: http::Request<_>| {
        let body = ResponseBody::from(bodies.next().unwrap());
        std::future::ready(Ok::<_, std::io::Error>(http::Response::new(body)))
    });
    let service = tower::buffer::Buffer::new(service, 1);
    let client = super::builder().http_service(service).build().unwrap();
    let mut watch = client.imports().watch("j-1");
    let fault = watch.next().await.unwrap().unwrap();
    assert!(matches!(fault, Update::Fault(fault) if fault.kind() == ErrorKind::Body));
    let end = watch.next().await.unwrap().unwrap();
    assert!(matches!(end, Update::Finished(Finished::Failed(_))));
}

/// A job that failed.
const ENDED: &str = r#"{"job_id":"j-1","status":"failed","total":1,"error":{"code":"internal"}}"#;

#[tokio::test(start_paused = true)]
async fn a_stopped_watch_returns_the_handle_and_the_last_snapshot() {
    let (_, client) = in_process(slow());
    let imports = client.imports();
    let handle = start(&imports, 1_000).await;
    let wait = imports.wait(handle.clone());
    let error = wait.timeout(Duration::from_secs(200)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(error.is_timeout());
    assert_eq!(
        error.handle().map(ImportHandle::job_id),
        Some(handle.job_id())
    );
    assert!(
        error
            .last_seen()
            .is_some_and(|job| job.progress().total() == 1_000)
    );
}

#[tokio::test(start_paused = true)]
async fn transient_faults_are_yielded_and_survived() {
    let faults = slow()
        .fault(Fault::contradict().on(On::Poll).times(2))
        .fault(Fault::answer(503).on(On::Poll).skip(2).times(2));
    let (_, client) = in_process(faults);
    let imports = client.imports();
    let handle = start(&imports, 600).await;
    // The counters of a job in progress are estimates. Those of a finished job are not.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let mut watch = imports.watch(handle).retry(RetryPolicy::none());
    let (mut faults, mut end) = (Vec::new(), None);
    while let Some(update) = watch.next().await {
        match update.unwrap() {
            Update::Fault(fault) => faults.push(fault.kind()),
            update @ (Update::Advanced(_)
            | Update::Unchanged(_)
            | Update::Stale(_)
            | Update::Finished(_)
            | _) => {
                end = update.into_job();
            }
        }
    }
    assert!(matches!(end, Some(ImportJob::Complete(_))));
    let (contract, server) = (ErrorKind::Contract, ErrorKind::Server);
    assert_eq!(faults, [contract, contract, server, server]);
}

#[tokio::test(start_paused = true)]
async fn too_many_faults_in_a_row_end_the_watch_and_keep_the_handle() {
    let (_, client) = in_process(slow().fault(Fault::answer(503).on(On::Poll).skip(2)));
    let imports = client.imports();
    let handle = start(&imports, 600).await;
    let watch = imports
        .wait(handle.clone())
        .max_faults(3)
        .retry(RetryPolicy::none());
    let error = watch.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(
        error.handle().map(ImportHandle::job_id),
        Some(handle.job_id())
    );
    assert!(error.last_seen().is_some());
    let cause = std::error::Error::source(&error)
        .unwrap()
        .downcast_ref::<prism_imports::Error>()
        .unwrap();
    assert_eq!(cause.kind(), ErrorKind::Server);
}

#[tokio::test(start_paused = true)]
async fn lasting_contradictions_are_a_contract_error() {
    let (_, client) = in_process(slow().fault(Fault::contradict()));
    let imports = client.imports();
    let handle = start(&imports, 600).await;
    let error = imports.wait(handle).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert_eq!(error.snapshot().map(|snapshot| snapshot.total), Some(600));
}

#[tokio::test(start_paused = true)]
async fn a_lagging_replica_is_not_an_error() {
    let stale = Fault::stale(Duration::from_secs(120)).skip(3).times(3);
    let (_, client) = in_process(slow().fault(stale));
    let imports = client.imports();
    let handle = start(&imports, 600).await;
    let mut watch = imports.watch(handle);
    let (mut stale, mut processed) = (0, 0);
    while let Some(update) = watch.next().await {
        let update = update.unwrap();
        stale += u32::from(matches!(update, Update::Stale(_)));
        let job = update.into_job().unwrap();
        let now = job.progress().processed().unwrap();
        assert!(now >= processed, "{now} after {processed}");
        processed = now;
    }
    assert_eq!(processed, 600);
    assert!(stale > 0);
}

#[tokio::test(start_paused = true)]
async fn a_404_depends_on_what_was_seen_before() {
    // Gone: the job was seen and has not expired.
    let (_, client) = in_process(slow().fault(Fault::answer(404).on(On::Poll).skip(2)));
    let imports = client.imports();
    let error = imports.wait(start(&imports, 600).await).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.last_seen().is_some()),
        (ErrorKind::Gone, true)
    );

    // Expired: the job never ends, so the watch continues until the server deletes it.
    let (_, client) = in_process(slow().fault(Fault::stall_at(50)));
    let imports = client.imports();
    let watch = imports
        .wait(start(&imports, 600).await)
        .pace(Pace::frugal());
    let error = watch.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.last_seen().is_some()),
        (ErrorKind::Expired, true)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_does_not_end_the_watch() {
    let (_, client) = in_process(slow().fault(Fault::status("warming").on(On::Poll).times(3)));
    let imports = client.imports();
    let mut watch = imports.watch(start(&imports, 600).await);
    let first = watch.next().await.unwrap().unwrap();
    assert!(
        matches!(first.job(), Some(ImportJob::Unrecognized(job)) if job.status().as_str() == "warming")
    );
    let mut last = None;
    while let Some(update) = watch.next().await {
        last = update.unwrap().into_job();
    }
    assert!(matches!(last, Some(ImportJob::Complete(_))));
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_not_an_error() {
    let (_, client) =
        in_process(slow().fault(Fault::fail_at(40, "import_failed", "the list was deleted")));
    let imports = client.imports();
    let end = imports.wait(start(&imports, 600).await).await.unwrap();
    let Finished::Failed(job) = end else {
        panic!("{end:?}")
    };
    assert_eq!(
        job.error().and_then(|error| error.code()),
        Some("import_failed")
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_costs_few_polls_and_loses_no_job() {
    /// Waits for a job of ten minutes on a machine whose clock is off by this many seconds.
    async fn wait(off: i64) -> (u64, Duration) {
        // The jitter uses this seed, so only the clock differs.
        fastrand::seed(7);
        let epoch: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let began = Instant::now();
        let settings = slow().clock(Clock::real().with_epoch(epoch));
        let sandbox = settings.api_key(KEY).build().unwrap();
        let client = Client::builder()
            .base_url("http://localhost")
            .api_key(KEY)
            .team_id(TEAM)
            .time_of_day(move || epoch + SignedDuration::from_secs(off) + began.elapsed())
            .http_service(sandbox.clone());
        let imports = client.build().unwrap().imports();
        let handle = start(&imports, 600).await;
        imports.wait(handle).await.unwrap();
        (sandbox.requests(), began.elapsed())
    }

    let (requests, took) = wait(0).await;
    for off in [-9 * 86_400, -3_600, 3_600, 9 * 86_400] {
        let (more, longer) = wait(off).await;
        assert!(
            more <= requests + 3 && longer <= took + Duration::from_secs(5),
            "{off} s off: {more} requests in {longer:?}, {requests} in {took:?} with a correct clock"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_watch_counts_the_time_in_between_with_the_given_clock() {
    let epoch: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let began = Instant::now();
    let sandbox = slow().api_key(KEY).build().unwrap();
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .time_of_day(move || epoch + began.elapsed())
        .http_service(sandbox);
    let imports = client.build().unwrap().imports();
    let handle = start(&imports, 600).await;
    let mut watch = imports.watch(handle).timeout(Duration::from_secs(60));
    watch.next().await.unwrap().unwrap();
    let checkpoint = watch.checkpoint().unwrap();
    drop(watch);
    tokio::time::sleep(Duration::from_secs(100)).await;
    // The server is asked once more.
    let mut watch = imports.resume(checkpoint);
    assert!(matches!(watch.next().await, Some(Ok(Update::Advanced(_)))));
    let error = watch.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_a_stream_that_can_be_awaited_for_its_end() {
    let (sandbox, client) = in_process(slow());
    let imports = client.imports();
    let handle = start(&imports, 300).await;
    let mut watch = imports.watch(&handle);
    let first = watch.next().await.unwrap().unwrap();
    assert!(matches!(first, Update::Advanced(_)), "{first:?}");
    let reply = watch.reply().await.unwrap();
    assert!(reply.request_id().is_some());
    assert_eq!(reply.value().progress().processed(), Some(300));

    let mut watch = imports.watch(&handle);
    while let Some(update) = watch.next().await {
        update.unwrap();
    }
    let requests = sandbox.requests();
    let error = watch.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert_eq!(error.to_string(), "watch import: the watch is over");
    assert_eq!(sandbox.requests(), requests);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_named_by_its_id_or_by_its_handle_which_has_a_team() {
    let (_, client) = in_process(slow());
    let imports = client.imports();
    let handle = start(&imports, 100).await;
    let id = handle.job_id();
    assert_eq!(imports.get(id.as_str()).await.unwrap().id(), Some(id));
    assert_eq!(imports.get(id).await.unwrap().id(), Some(id));
    assert_eq!(
        imports
            .snapshot(id.to_string())
            .await
            .unwrap()
            .job_id
            .as_deref(),
        Some(id.as_str())
    );

    let elsewhere = client.imports_for(uuid::Uuid::nil());
    assert_eq!(
        elsewhere.get(id).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(elsewhere.get(&handle).await.unwrap().id(), Some(id));
    assert_eq!(
        elsewhere.wait(handle).await.unwrap().progress().total(),
        100
    );
}
