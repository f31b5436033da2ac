//! Futures that are dropped at every await point: no handle is lost and nothing is sent twice.

use std::{future::Future, pin::pin, task::Poll, time::Duration};

use prism_imports::{Finished, ObjectType, Submitted};
use prism_imports_sandbox::{Fault, Sandbox};
use prism_imports_tests::rows::contacts;
use tokio::time::Instant;

use super::{in_process, start};

/// Polls a future up to this many times, then drops it.
async fn cancel_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// A server that delays each answer, so every await point is pending at least once.
fn settings() -> prism_imports_sandbox::Builder {
    Sandbox::builder()
        .rows_per_second(10.0)
        .sync_below(0)
        .fault(Fault::latency(Duration::from_millis(50)))
}

#[tokio::test(start_paused = true)]
async fn a_submit_dropped_at_any_point_starts_one_import() {
    let mut polls = 0;
    loop {
        let (sandbox, client) = in_process(settings());
        let import = client
            .imports()
            .submit(ObjectType::Contact)
            .rows(contacts(5))
            .into_request()
            .unwrap();
        let submit = || tower::ServiceExt::oneshot(client.imports().submits(), import.clone());
        let done = cancel_after(polls, submit()).await;
        let again = submit().await.unwrap();
        assert!(matches!(again.value(), Submitted::Started(_)));
        assert_eq!(sandbox.stats().jobs, 1, "after {polls} polls");
        if let Some(first) = done {
            assert_eq!(first.unwrap().value(), again.value());
            assert!(polls > 1, "the future was never pending");
            return;
        }
        polls += 1;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_dropped_at_any_point_can_be_repeated() {
    let mut polls = 0;
    loop {
        let (_, client) = in_process(settings());
        let job = start(&client.imports(), 100).await;
        let done = cancel_after(polls, client.imports().wait(&job).into_future()).await;
        let Finished::Complete(again) = client.imports().wait(&job).await.unwrap() else {
            panic!()
        };
        assert_eq!(again.tally().total(), 100);
        if done.is_some() {
            assert!(polls > 5, "the future was never pending");
            return;
        }
        polls += 1;
    }
}

#[tokio::test(start_paused = true)]
async fn next_dropped_at_every_poll_costs_no_extra_request() {
    let count = async |polls: usize| {
        let (sandbox, client) = in_process(settings());
        let mut watch = client.imports().watch(start(&client.imports(), 100).await);
        let began = Instant::now();
        loop {
            match cancel_after(polls, watch.next()).await {
                Some(Some(update)) => {
                    if update.unwrap().finished().is_some() {
                        break;
                    }
                }
                Some(None) => panic!("the watch ended before the job"),
                // Dropped before an update was ready: let time pass.
                None => tokio::time::sleep(Duration::from_millis(7)).await,
            }
            assert!(began.elapsed() < Duration::from_secs(60));
        }
        (watch.requests(), sandbox.requests())
    };
    let (requests, sent) = count(1).await;
    assert_eq!(requests + 1, sent, "a request was dropped and sent again");
    let (whole, _) = count(usize::MAX).await;
    assert!(
        requests <= whole + 2,
        "{requests} requests with drops, {whole} without"
    );
}

#[tokio::test(start_paused = true)]
async fn rows_dropped_at_every_poll_are_yielded_once() {
    let (sandbox, client) = in_process(settings().rows_per_second(1e6));
    let job = start(&client.imports(), 500).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut rows = client.imports().rows(&job);
    let mut indexes = Vec::new();
    loop {
        match cancel_after(1, rows.next()).await {
            Some(Some(row)) => indexes.extend(row.unwrap().index()),
            Some(None) => break,
            None => tokio::time::sleep(Duration::from_millis(7)).await,
        }
    }
    assert_eq!(indexes, (0..500).collect::<Vec<_>>());
    assert_eq!(sandbox.requests(), 2);
}
