//! The retry hints of answers.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{Request, Response};
use prism_imports::{
    Client, Commit, ErrorKind, Imports,
    transport::{RequestBody, ResponseBody},
};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::server::{KEY, TEAM};
use tokio::time::Instant;

use super::{PROCESSING, in_process, one_row};

/// Creates a client of a sandbox with these faults.
fn failing(faults: impl IntoIterator<Item = Fault>) -> Imports {
    let settings = Sandbox::builder().sync_below(0);
    in_process(
        faults
            .into_iter()
            .fold(settings, prism_imports_sandbox::Builder::fault),
    )
}

/// Submits with one 503 with these headers and returns the wait before the second attempt.
async fn waited(headers: &[(&str, &str)]) -> Duration {
    let fault = headers
        .iter()
        .fold(Fault::answer(503).times(1), |fault, (name, value)| {
            fault.header(*name, *value)
        });
    let imports = failing([fault]);
    let began = Instant::now();
    let reply = one_row(&imports).reply().await.unwrap();
    assert_eq!(reply.attempts(), 2);
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_wait_in_seconds_is_honoured() {
    let wait = waited(&[("retry-after", "7")]).await;
    assert!(
        wait >= Duration::from_secs(7) && wait < Duration::from_secs(16),
        "{wait:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn milliseconds_take_precedence_over_seconds() {
    let wait = waited(&[("retry-after", "50"), ("retry-after-ms", "1500.5")]).await;
    assert!(
        wait >= Duration::from_micros(1_500_500) && wait < Duration::from_secs(11),
        "{wait:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_date_is_relative_to_the_date_of_the_answer() {
    let headers = [
        ("date", "Mon, 23 Nov 2026 12:00:00 GMT"),
        ("retry-after", "Mon, 23 Nov 2026 12:00:20 GMT"),
    ];
    let wait = waited(&headers).await;
    assert!(
        wait >= Duration::from_secs(20) && wait < Duration::from_secs(29),
        "{wait:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn invalid_hints_are_ignored() {
    for value in ["-5", "soon", "NaN", ""] {
        let wait = waited(&[("retry-after", value)]).await;
        assert!(wait < Duration::from_secs(9), "{value}: {wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_above_the_cap_is_an_error() {
    let fault = Fault::answer(429)
        .header("retry-after", "3600")
        .on(On::Submit);
    let began = Instant::now();
    let error = one_row(&failing([fault])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert_eq!(error.attempts(), 1);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_server_can_request_another_attempt() {
    let fault = Fault::answer(400).header("x-should-retry", "true").times(1);
    let reply = one_row(&failing([fault.clone()])).reply().await.unwrap();
    assert_eq!(reply.attempts(), 2);
    let error = one_row(&failing([fault]))
        .keyed_retries(false)
        .await
        .unwrap_err();
    assert_eq!(
        (error.attempts(), error.commit()),
        (1, Some(Commit::NotCommitted))
    );
}

#[tokio::test(start_paused = true)]
async fn the_server_can_prevent_another_attempt() {
    let fault = Fault::answer(503)
        .header("x-should-retry", "false")
        .times(1);
    let error = one_row(&failing([fault])).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 1));
}

#[tokio::test(start_paused = true)]
async fn only_transient_statuses_are_retried() {
    for status in [408, 429, 500, 502, 503, 504] {
        let imports = failing([Fault::answer(status).times(2)]);
        let reply = one_row(&imports).reply().await.unwrap();
        assert_eq!(reply.attempts(), 3, "{status}");
    }
    for status in [400, 403, 404, 409, 413, 422, 302] {
        let imports = failing([Fault::answer(status).times(1)]);
        let error = one_row(&imports).await.unwrap_err();
        assert_eq!(error.attempts(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_honours_retry_after() {
    let polls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&polls);
    let service = tower::service_fn(move |_: Request<RequestBody>| {
        let mut answer = Response::new(ResponseBody::from(PROCESSING));
        if counted.fetch_add(1, Relaxed) == 0 {
            answer.headers_mut().insert("retry-after", 40.into());
        }
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .http_service(service);
    let began = Instant::now();
    let mut watch = client.build().unwrap().imports().watch("j-1");
    watch.next().await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
    watch.next().await.unwrap().unwrap();
    assert!(
        began.elapsed() >= Duration::from_secs(40),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(polls.load(Relaxed), 2);
}
