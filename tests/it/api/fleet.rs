//! Many jobs in one task with one quota.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
    time::Duration,
};

use prism_imports::{
    Client, ErrorKind, ImportHandle, Update, WatchCheckpoint, poller::Pace, transport::Quota,
};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::server::{KEY, TEAM};
use tokio::time::Instant;

use super::{in_process, start};

fn client_with_rate(count: u32, per: Duration, sandbox: &Sandbox) -> Client {
    Client::builder()
        .base_url("http://localhost")
        .api_key(KEY)
        .team_id(TEAM)
        .quota(Quota::unlimited().with_rate(count, per))
        .http_service(sandbox.clone())
        .build()
        .unwrap()
}

async fn jobs(client: &Client, count: usize) -> Vec<ImportHandle> {
    let imports = client.imports();
    let mut handles = Vec::new();
    for _ in 0..count {
        handles.push(start(&imports, 30).await);
    }
    handles
}

#[tokio::test(start_paused = true)]
async fn thousands_of_jobs_share_a_quota_without_starvation() {
    const JOBS: usize = 2_000;
    let room = NonZeroUsize::new(JOBS + 1).unwrap();
    let settings = Sandbox::builder()
        .sync_below(0)
        .rows_per_second(0.01)
        .max_jobs(room)
        .max_rows_held(JOBS * 40);
    let (sandbox, unlimited) = in_process(settings);
    let handles = jobs(&unlimited, JOBS).await;
    let submits = sandbox.requests();

    let client = client_with_rate(10, Duration::from_secs(1), &sandbox);
    let mut fleet = client.imports().fleet().pace(Pace::frugal());
    for handle in handles {
        assert!(fleet.add(handle));
    }
    let began = Instant::now();
    let (mut last, mut gap, mut done) = (HashMap::new(), Duration::ZERO, HashSet::new());
    while let Some((handle, update)) = fleet.next().await {
        let id = handle.job_id().clone();
        // Each job has its first poll in turn. A starved job would have it much later.
        let seen = last.insert(id.clone(), Instant::now());
        if seen.is_none() {
            gap = gap.max(began.elapsed());
        }
        if let Update::Finished(end) = update.unwrap() {
            assert_eq!(end.progress().total(), 30);
            assert!(done.insert(id));
        }
    }
    assert_eq!(done.len(), JOBS);
    let polls = sandbox.requests() - submits;
    let fair = Duration::from_secs(JOBS as u64 / 10);
    println!(
        "{JOBS} jobs: {polls} polls in {:?}, last first poll after {gap:?}, fair share {fair:?}",
        began.elapsed()
    );
    assert!(
        gap <= fair * 2,
        "the last first poll came after {gap:?}, the fair share is {fair:?}"
    );
    assert!(polls <= JOBS as u64 * 30, "{polls} polls");
}

#[tokio::test(start_paused = true)]
async fn a_failing_job_does_not_delay_others() {
    let faults = Fault::answer(503).on(On::Poll).job(1);
    let (_, client) = in_process(
        Sandbox::builder()
            .sync_below(0)
            .rows_per_second(1.0)
            .fault(faults),
    );
    let handles = jobs(&client, 5).await;
    let broken = handles[0].clone();
    let mut fleet = client.imports().fleet();
    for handle in handles {
        fleet.add(handle);
    }
    let began = Instant::now();
    let mut ends = Vec::new();
    while let Some((handle, update)) = fleet.next().await {
        match update {
            Ok(Update::Fault(fault)) => assert_eq!(
                (handle.job_id(), fault.kind()),
                (broken.job_id(), ErrorKind::Server)
            ),
            Ok(update) => {
                if update.finished().is_some() {
                    ends.push((handle.job_id().clone(), began.elapsed()));
                }
            }
            Err(error) => assert_eq!(
                (handle.job_id(), error.kind()),
                (broken.job_id(), ErrorKind::Stopped)
            ),
        }
    }
    assert_eq!(ends.len(), 4);
    assert!(
        ends.iter()
            .all(|(_, after)| *after < Duration::from_secs(45)),
        "{ends:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn jobs_are_added_removed_and_restored() {
    let (_, client) = in_process(Sandbox::builder().sync_below(0).rows_per_second(0.1));
    let handles = jobs(&client, 6).await;
    let mut fleet = client.imports().fleet().concurrency(NonZeroUsize::MIN);
    for handle in &handles {
        fleet.add(handle.clone());
    }
    for _ in 0..8 {
        fleet.next().await.unwrap().1.unwrap();
    }
    assert!(fleet.remove(&handles[0]).is_some());
    assert!(fleet.remove(&handles[0]).is_none());
    assert!(!fleet.add(handles[1].clone()));
    assert_eq!(fleet.len(), 5);

    let stored = serde_json::to_string(&fleet.checkpoint()).unwrap();
    let stored: Vec<WatchCheckpoint> = serde_json::from_str(&stored).unwrap();
    let mut fleet = client.imports().fleet();
    assert!(stored.into_iter().all(|watch| fleet.resume(watch)));
    assert_eq!(fleet.len(), 5);
    let mut done = HashSet::new();
    while let Some((handle, update)) = fleet.next().await {
        if update.unwrap().finished().is_some() {
            done.insert(handle.job_id().clone());
        }
    }
    assert_eq!(
        done,
        handles[1..]
            .iter()
            .map(|handle| handle.job_id().clone())
            .collect()
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_added_after_a_removal_has_its_own_turn() {
    let (_, client) = in_process(Sandbox::builder().sync_below(0).rows_per_second(0.1));
    let handles = jobs(&client, 4).await;
    let [first, removed, second, added] = &handles[..] else {
        unreachable!("there are four jobs")
    };
    let mut fleet = client.imports().fleet();
    for handle in [first, removed, second] {
        fleet.add(handle.clone());
    }
    assert_eq!(fleet.next().await.unwrap().0, *first);
    fleet.remove(removed);
    fleet.add(added.clone());
    assert_eq!(fleet.next().await.unwrap().0, *second);
    assert_eq!(fleet.next().await.unwrap().0, *added);
}

#[tokio::test(start_paused = true)]
async fn the_update_that_reaches_a_limit_is_yielded_before_the_error() {
    let (_, client) = in_process(Sandbox::builder().sync_below(0).rows_per_second(0.01));
    let mut fleet = client.imports().fleet().max_polls(1);
    fleet.add(jobs(&client, 1).await.remove(0));
    let (_, update) = fleet.next().await.unwrap();
    assert!(matches!(update, Ok(Update::Advanced(_))), "{update:?}");
    let (_, end) = fleet.next().await.unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Stopped);
    assert!(fleet.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_removed_and_added_again_is_polled_once_a_turn() {
    let (sandbox, client) = in_process(Sandbox::builder().sync_below(0).rows_per_second(0.01));
    let handle = jobs(&client, 1).await.remove(0);
    let mut fleet = client.imports().fleet();
    for _ in 0..5 {
        fleet.add(handle.clone());
        assert!(fleet.remove(&handle).is_some());
    }
    fleet.add(handle);
    let before = sandbox.requests();
    fleet.next().await.unwrap().1.unwrap();
    assert_eq!(sandbox.requests(), before + 1);
}
